namespace Tessera.Differential;

/// <summary>System calls that programs make.</summary>
internal enum OperationKind
{
    Open,
    OpenUnnamed,
    Close,
    Read,
    Write,
    Seek,
    Truncate,
    TruncateOpen,
    Allocate,
    CopyRange,
    Sync,
    Stat,
    StatOpen,
    Access,
    MakeDirectory,
    RemoveDirectory,
    Unlink,
    Rename,
    Link,
    LinkOpen,
    MakeSymlink,
    ReadLink,
    MakeNode,
    ChangeMode,
    ChangeOwner,
    List,
    SetXattr,
    GetXattr,
    ListXattrs,
    RemoveXattr,

    /// <summary>utimensat(2): access and modification time in nanoseconds since 1970 as offset and length, or one of <see cref="FileTime"/>'s.</summary>
    SetTimes,

    /// <summary>futimens(3) of a descriptor.</summary>
    SetTimesOpen,

    /// <summary>One of <see cref="AccessLists"/>, by its number in the flags.</summary>
    SetAccessList,

    /// <summary>A record lock of fcntl(2): the type in the flags, with <see cref="Executor.OfDescription"/> and <see cref="Executor.AskOnly"/>.</summary>
    LockRange,

    /// <summary>flock(2).</summary>
    LockWhole,

    /// <summary>Bytes stored into a shared mapping, as far as the file goes; with flags 1 msync(2) follows.</summary>
    MapWrite,

    /// <summary>Bytes of a shared mapping, as far as the file goes.</summary>
    MapRead,

    /// <summary>umask(2) of this process.</summary>
    SetMask,

    /// <summary>A planted fault: a write that leaves the modification time as it was.</summary>
    WriteWithoutTime,

    /// <summary>A planted fault: a write of which one byte in the middle is another.</summary>
    WriteOtherByte,
}
