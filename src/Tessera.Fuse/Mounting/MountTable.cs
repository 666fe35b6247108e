using System.Globalization;
using System.Text;

namespace Tessera.Fuse;

/// <summary><c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)): what is mounted where, read without touching any mount.</summary>
public static class MountTable
{
    private const string Path = "/proc/self/mountinfo";

    /// <summary>Every mount this process can see, in order of mounting.</summary>
    public static IEnumerable<MountTableEntry> Read() => File.ReadLines(Path).Select(Parse);

    /// <summary>The topmost mount on exactly this path; null if there is none.</summary>
    public static MountTableEntry? Find(string mountPoint) => Read().LastOrDefault(entry => entry.MountPoint == mountPoint);

    /// <summary>One line: <c>36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue</c>.</summary>
    internal static MountTableEntry Parse(string line)
    {
        var fields = line.Split(' ');
        var separator = Array.IndexOf(fields, "-", 6);
        var device = fields[2].Split(':');
        return new MountTableEntry(
            Unescape(fields[4]),
            fields[separator + 1],
            Unescape(fields[separator + 2]),
            uint.Parse(device[0], CultureInfo.InvariantCulture),
            uint.Parse(device[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Space, tab, newline and backslash are written as three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;

        var bytes = Encoding.UTF8.GetBytes(field);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\\' && i + 3 < bytes.Length)
            {
                bytes[length++] = (byte)(((bytes[i + 1] - '0') << 6) | ((bytes[i + 2] - '0') << 3) | (bytes[i + 3] - '0'));
                i += 3;
            }
            else
            {
                bytes[length++] = bytes[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
