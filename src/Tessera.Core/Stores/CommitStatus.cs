namespace Tessera.Core.Stores;

/// <summary>How a commit ended.</summary>
public enum CommitStatus
{
    /// <summary>Done: it survives the end of this process, and a power cut after <see cref="IVolumeStore.MakeDurableAsync"/>.</summary>
    Committed = 0,

    /// <summary>A check did not hold; nothing changed.</summary>
    CheckFailed,

    /// <summary>No room; nothing changed. A batch marked <see cref="StoreBatch.MayUseReserve"/> draws on the reserve and does not meet this before it is spent.</summary>
    NoSpace,

    /// <summary>The store takes no changes: opened so, or turned so after a fault of the medium.</summary>
    ReadOnly,
}

/// <summary>The end of a commit; <see cref="Sequence"/> is its place in the one order of all commits.</summary>
public readonly record struct CommitResult(CommitStatus Status, ulong Sequence);
