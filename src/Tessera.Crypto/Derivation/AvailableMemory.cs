using System.Globalization;

namespace Tessera.Crypto;

/// <summary>
/// How much memory this process can still take without waking the kernel's out-of-memory killer. mmap(2) succeeds far beyond that
/// (overcommit), so asking first is the only way to an error instead of a killed daemon.
/// </summary>
internal static class AvailableMemory
{
    private const string CgroupRoot = "/sys/fs/cgroup";

    /// <summary>Bytes: the least of MemAvailable (proc_meminfo(5)) and the room in each control group above us (cgroup v2).</summary>
    public static long Read()
    {
        long available = Field("/proc/meminfo", "MemAvailable:") is long kib ? kib * 1024 : long.MaxValue;
        for (string? group = OwnGroup(); group is not null; group = group.Length > CgroupRoot.Length ? Path.GetDirectoryName(group) : null)
        {
            available = Math.Min(available, RoomIn(group));
        }

        return available;
    }

    private static string? OwnGroup()
    {
        string? line = Lines("/proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::/", StringComparison.Ordinal));
        return line is null ? null : (CgroupRoot + line["0::".Length..]).TrimEnd('/');
    }

    private static long RoomIn(string group)
    {
        if (Number(Lines($"{group}/memory.max").FirstOrDefault()) is not long max
            || Number(Lines($"{group}/memory.current").FirstOrDefault()) is not long current)
        {
            return long.MaxValue; // "max", or no memory controller here
        }

        // The page cache counts as used but is given up first.
        long reclaimable = (Field($"{group}/memory.stat", "inactive_file") ?? 0) + (Field($"{group}/memory.stat", "active_file") ?? 0);
        return Math.Max(0, max - current + reclaimable);
    }

    private static long? Field(string path, string name)
    {
        string? line = Lines(path).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? null : Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1));
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    // A kernel without this file sets no such limit: then the other sources decide, and at worst mmap(2) itself.
    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
