namespace Tessera.Core.FileSystem;

/// <summary>The flags of open(2) the engine looks at, with Linux's values (asm-generic/fcntl.h).</summary>
[Flags]
public enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    AccessMask = 3,

    /// <summary>Not of open(2): it is opened to be executed (the kernel's FMODE_EXEC).</summary>
    Execute = 0x20,
    Create = 0x40,
    Exclusive = 0x80,
    Truncate = 0x200,
    Append = 0x400,
    DataSync = 0x1000,
    Direct = 0x4000,
    NoAccessTime = 0x40000,
    Sync = 0x101000,

    /// <summary>Not Linux's: a truncation takes suid and sgid with it, as that by an unprivileged process does (FUSE_OPEN_KILL_SUIDGID).</summary>
    KillPrivileges = 0x40000000,
}

/// <summary>The flags of renameat2(2).</summary>
[Flags]
public enum RenameFlags
{
    None = 0,
    NoReplace = 1,
    Exchange = 2,
    Whiteout = 4,
}

/// <summary>The mode of fallocate(2), with Linux's values (linux/falloc.h). None: space for the range, and the file grows to its end.</summary>
[Flags]
public enum AllocateModes
{
    None = 0,

    /// <summary>The file's size stays.</summary>
    KeepSize = 1,

    /// <summary>The range becomes a hole.</summary>
    PunchHole = 2,

    /// <summary>The range reads as zeros.</summary>
    ZeroRange = 16,
}

/// <summary>What lseek(2) looks for, with Linux's values of SEEK_DATA and SEEK_HOLE.</summary>
public enum SeekTarget
{
    Data = 3,
    Hole = 4,
}

/// <summary>The flags of setxattr(2).</summary>
[Flags]
public enum XattrFlags
{
    None = 0,
    Create = 1,
    Replace = 2,

    /// <summary>Not of setxattr(2): an access control list is set from outside the file's group, and sgid goes (FUSE_SETXATTR_ACL_KILL_SGID).</summary>
    KillSetGid = 0x100,
}

/// <summary>What a write asks for besides its bytes.</summary>
[Flags]
public enum WriteFlags
{
    None = 0,

    /// <summary>Clear suid/sgid as a write by an unprivileged process does (FUSE_WRITE_KILL_SUIDGID).</summary>
    KillPrivileges = 1,

    /// <summary>The kernel writes back its page cache: what was stored through mappings. The handle may be any of the inode's.</summary>
    FromCache = 2,

    /// <summary>The write is durable before it is answered (O_DSYNC).</summary>
    DataSync = 4,
}
