using Tessera.Container.Checking;

namespace Tessera.Container.Backup;

/// <summary>What is to be restored.</summary>
public sealed record RestoreOptions
{
    /// <summary>As <see cref="BackupOptions.Blocks"/>: what was restored is checked, blocks and all.</summary>
    public required BlockOwner Blocks { get; init; }

    /// <summary>The generation wanted; null for the newest.</summary>
    public ulong? Generation { get; init; }

    /// <summary>Told every few MiB, first while copying, then while verifying.</summary>
    public Action<BackupProgress>? Progress { get; init; }

    /// <summary>Told, a sentence each, of damage found on the way.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>Stops it: what was begun is removed, and nothing else is touched.</summary>
    public CancellationToken Cancellation { get; init; }
}
