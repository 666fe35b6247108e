using System.Text;

namespace Tessera.Host.Mounting;

/// <summary>The mounts of this process's name space, read from /proc/self/mountinfo: asking it never touches a file system that hangs.</summary>
internal sealed class MountTable
{
    private const string OwnTable = "/proc/self/mountinfo";

    private readonly List<MountEntry> _entries;

    private MountTable(List<MountEntry> entries) => _entries = entries;

    /// <summary>In the order of mounting: where two are on one mount point, the later one is seen.</summary>
    public IReadOnlyList<MountEntry> Entries => _entries;

    public static MountTable Read() => Parse(File.ReadAllLines(OwnTable));

    /// <summary>Lines that do not have the fields of proc(5) are left out.</summary>
    public static MountTable Parse(IEnumerable<string> lines)
    {
        var entries = new List<MountEntry>();
        foreach (string line in lines)
        {
            if (ParseLine(line) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return new MountTable(entries);
    }

    /// <summary>The mount that is seen at exactly this absolute path; null when the path is inside a mount or nowhere.</summary>
    public MountEntry? At(string mountPoint)
    {
        string wanted = WithoutTrailingSlash(mountPoint);
        return _entries.FindLast(entry => string.Equals(entry.MountPoint, wanted, StringComparison.Ordinal));
    }

    /// <summary>The mount that an absolute path lies in: the one with the longest mount point, and of those the latest.</summary>
    public MountEntry? Holding(string path)
    {
        MountEntry? holding = null;
        foreach (MountEntry entry in _entries)
        {
            bool within = entry.MountPoint == "/" || path == entry.MountPoint || path.StartsWith(entry.MountPoint + "/", StringComparison.Ordinal);
            if (within && entry.MountPoint.Length >= (holding?.MountPoint.Length ?? 0))
            {
                holding = entry;
            }
        }

        return holding;
    }

    /// <summary>Tessera's mounts of a volume, by its canonical path.</summary>
    public IEnumerable<MountEntry> OfVolume(string volume) =>
        _entries.Where(entry => entry.IsTessera
            && string.Equals(MountPath.Canonical(entry.Source), volume, StringComparison.Ordinal));

    /// <summary>Undoes the octal escapes (\040 for a space, \134 for a backslash, …) that the kernel writes in paths.</summary>
    /// <remarks>A path of the kernel is bytes. What is not UTF-8 comes out with replacement characters and can then not be named here.</remarks>
    internal static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(field);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            bool escaped = bytes[i] == '\\' && i + 3 < bytes.Length && IsOctal(bytes[i + 1]) && IsOctal(bytes[i + 2]) && IsOctal(bytes[i + 3]);
            if (escaped)
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

    private static MountEntry? ParseLine(string line)
    {
        // 36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        const int FirstOptional = 6;
        string[] fields = line.Split(' ');
        int separator = fields.Length > FirstOptional ? Array.IndexOf(fields, "-", FirstOptional) : -1;
        if (separator < 0 || fields.Length < separator + 4 || !int.TryParse(fields[0], out int id))
        {
            return null;
        }

        return new MountEntry(
            id,
            fields[2],
            Unescape(fields[3]),
            Unescape(fields[4]),
            fields[5],
            fields[separator + 1],
            Unescape(fields[separator + 2]),
            fields[separator + 3]);
    }

    private static bool IsOctal(byte character) => character is >= (byte)'0' and <= (byte)'7';

    private static string WithoutTrailingSlash(string path) => path.Length > 1 ? path.TrimEnd('/') : path;
}
