using Tessera.Container.Checking;

namespace Tessera.Container.Backup;

/// <summary>How a backup is taken.</summary>
public sealed record BackupOptions
{
    /// <summary>Tells the blocks entries refer to, so that they are copied: true for every entry that refers to one, also where several refer to the same.</summary>
    public required BlockOwner Blocks { get; init; }

    /// <summary>Copy everything, also where an increment would do.</summary>
    public bool Full { get; init; }

    /// <summary>The time written into the header, seconds since 1970.</summary>
    public long CreatedSeconds { get; init; }

    /// <summary>Told every few MiB, on the thread that copies.</summary>
    public Action<BackupProgress>? Progress { get; init; }

    /// <summary>Told, a sentence each, of damage found on the way.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>Stops it: what was begun is removed, and nothing else is touched.</summary>
    public CancellationToken Cancellation { get; init; }
}
