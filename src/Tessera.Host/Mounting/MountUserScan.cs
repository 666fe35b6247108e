using System.Globalization;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>Finds who keeps a mount busy by reading /proc as fuser(1) does, link texts only: the mount itself is never touched.</summary>
internal sealed class MountUserScan
{
    /// <summary>More names than this help nobody.</summary>
    public const int MaxUsers = 32;

    private readonly string _mountPoint;
    private readonly string _mapsDevice;

    public MountUserScan(MountEntry entry)
    {
        _mountPoint = entry.MountPoint;
        _mapsDevice = HexDevice(entry.Device);
    }

    /// <summary>At most one use for each process: the first found. Processes of other users are seen by root only.</summary>
    public IReadOnlyList<MountUser> Run()
    {
        var users = new List<MountUser>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (users.Count < MaxUsers
                && int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && FindUse(directory) is var (use, path))
            {
                users.Add(new MountUser(pid, NameOf(directory), use, path));
            }
        }

        return users;
    }

    private (string Use, string Path)? FindUse(string directory)
    {
        try
        {
            return LinkInside($"{directory}/cwd") is { } cwd ? ("working directory", cwd)
                : LinkInside($"{directory}/root") is { } root ? ("root", root)
                : LinkInside($"{directory}/exe") is { } program ? ("program", program)
                : DescriptorLinks.Of(directory).Select(LinkInside).FirstOrDefault(p => p is not null) is { } open ? ("open file", open)
                : MappedInside($"{directory}/maps") is { } mapped ? ("mapped file", mapped)
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null; // It ended while we looked, or is another user's.
        }
    }

    private string? LinkInside(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget is { } target && IsInside(target) ? target : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? MappedInside(string maps)
    {
        foreach (string line in File.ReadLines(maps))
        {
            // 7f1c…-7f1c… r--s 00000000 00:31 2      /mnt/data
            string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 6 && string.Equals(fields[3], _mapsDevice, StringComparison.Ordinal))
            {
                return fields[5].Trim();
            }
        }

        return null;
    }

    private bool IsInside(string path) =>
        path.StartsWith(_mountPoint, StringComparison.Ordinal) && (path.Length == _mountPoint.Length || path[_mountPoint.Length] == '/');

    private static string NameOf(string directory)
    {
        try
        {
            return File.ReadAllText($"{directory}/comm").TrimEnd();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }

    private static string HexDevice(string device)
    {
        string[] numbers = device.Split(':');
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{int.Parse(numbers[0], CultureInfo.InvariantCulture):x2}:{int.Parse(numbers[1], CultureInfo.InvariantCulture):x2}");
    }
}
