namespace Tessera.HostFiles;

/// <summary>How a directory of the host is served.</summary>
public sealed record HostDirectoryOptions
{
    /// <summary>Nothing is changed: every change is answered EROFS.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The daemon's reads leave access times alone, where it may ask for that (O_NOATIME).</summary>
    public bool NoAccessTime { get; init; }

    /// <summary>How long a directory that was walked to is taken to be where it was: as long as the door lets its kernel believe names.</summary>
    public TimeSpan Freshness { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Files from this size on are the kernel's to read and write by itself, where it can; smaller ones are read faster through the door's cache.</summary>
    public ulong BackedFromBytes { get; init; } = 128 << 10;
}
