namespace Tessera.Volumes.Checking;

/// <summary>What the passes have learnt of an inode.</summary>
[Flags]
internal enum InodeTraits : ushort
{
    None = 0,

    /// <summary>Its record does not decode: it exists, and nothing can be said of it.</summary>
    Malformed = 1,

    /// <summary>Marked for deletion: its content may be half gone, its counts no longer kept.</summary>
    Deleting = 2,

    /// <summary>Marked for truncation: extents behind its end are to go.</summary>
    Truncating = 4,

    /// <summary>An Unsettled key stands for it.</summary>
    HasUnsettledKey = 8,

    /// <summary>Its entries (of a directory) or extents (of a file) were counted and judged.</summary>
    IsCounted = 16,

    HasTarget = 32,

    HasCapability = 64,

    HasAccessAcl = 128,

    HasDefaultAcl = 256,

    /// <summary>All its extents make sense: what its record counts of blocks was compared with them.</summary>
    BlockBytesCounted = 512,
}
