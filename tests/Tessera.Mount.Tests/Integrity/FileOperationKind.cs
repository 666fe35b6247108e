namespace Tessera.Mount.Tests.Integrity;

/// <summary>What a program does to its files.</summary>
internal enum FileOperationKind
{
    Read,

    /// <summary>O_DIRECT, whole pages.</summary>
    DirectRead,

    /// <summary>Through a shared map; behind the end of the file its last page is zero.</summary>
    MappedRead,
    Write,

    /// <summary>O_DIRECT, whole pages.</summary>
    DirectWrite,

    /// <summary>Through a shared map, as far as the file reaches.</summary>
    MappedWrite,

    /// <summary>O_APPEND.</summary>
    Append,
    Truncate,
    Allocate,
    AllocateKeepingSize,
    PunchHole,
    ZeroRange,
    ZeroRangeKeepingSize,

    /// <summary>copy_file_range within a file or between two.</summary>
    CopyRange,
    Sync,

    /// <summary>fsync, then posix_fadvise: the kernel forgets what it has of the file.</summary>
    DropCache,

    /// <summary>All of a file, compared.</summary>
    Compare,

    /// <summary>All descriptors closed and opened again.</summary>
    Reopen,

    /// <summary>All closed, and the volume unmounted and mounted.</summary>
    Remount,

    /// <summary>All closed, the daemon killed, and the volume mounted: what was closed is there.</summary>
    Kill,
}
