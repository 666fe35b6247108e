using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Diagnosis;

/// <summary>Resource limits and memory.</summary>
internal static class LimitChecks
{
    /// <summary>Sockets, the volume, libraries and the log; Tessera keeps no descriptor per file.</summary>
    private const ulong NeededDescriptors = 256;

    /// <summary>One page for each secret that is held, with room to spare.</summary>
    private const ulong NeededLockedBytes = 1 << 20;

    /// <summary>What the default Argon2id parameters take while a passphrase is tried.</summary>
    private const ulong DerivationBytes = 256UL << 20;

    public static IEnumerable<Finding> Run()
    {
        yield return Descriptors();
        yield return LockedMemory();
        yield return Memory(AvailableBytes());
    }

    internal static Finding Memory(ulong available) => available >= DerivationBytes
        ? new Finding("memory", FindingLevel.Ok, $"{ByteSize.Format(available)} available; deriving a key takes {ByteSize.Format(DerivationBytes)}")
        : new Finding(
            "memory",
            FindingLevel.Note,
            $"Only {ByteSize.Format(available)} available, and deriving a key from a passphrase takes {ByteSize.Format(DerivationBytes)}: opening a volume may fail.");

    private static Finding Descriptors()
    {
        _ = Libc.GetLimit(Libc.RLIMIT_NOFILE, out ResourceLimit limit);
        return limit.Current >= NeededDescriptors
            ? new Finding("open files", FindingLevel.Ok, $"limit {Show(limit.Current)}")
            : new Finding("open files", FindingLevel.Missing, $"The limit of open files is {Show(limit.Current)}; {NeededDescriptors} are needed.", $"ulimit -n {NeededDescriptors}");
    }

    private static Finding LockedMemory()
    {
        _ = Libc.GetLimit(Libc.RLIMIT_MEMLOCK, out ResourceLimit limit);
        return limit.Current >= NeededLockedBytes
            ? new Finding("locked memory", FindingLevel.Ok, $"limit {(limit.Current == ResourceLimit.Infinity ? "none" : ByteSize.Format(limit.Current))}")
            : new Finding("locked memory", FindingLevel.Note, $"Only {ByteSize.Format(limit.Current)} can be locked: keys may be swapped to disk.", $"ulimit -l {NeededLockedBytes / 1024}");
    }

    /// <summary>What can be taken without swapping, within the limit of the control group.</summary>
    private static ulong AvailableBytes()
    {
        const string Key = "MemAvailable:";
        string line = File.ReadLines("/proc/meminfo").First(l => l.StartsWith(Key, StringComparison.Ordinal));
        ulong kibibytes = ulong.Parse(line[Key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        return Math.Min(kibibytes * 1024, (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    private static string Show(ulong value) => value == ResourceLimit.Infinity ? "none" : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
