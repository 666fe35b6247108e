namespace Tessera.Core.FileSystem;

/// <summary>Which fields of <see cref="AttributeChanges"/> are to be set.</summary>
[Flags]
public enum AttributeMask
{
    None = 0,
    Mode = 1,
    Uid = 2,
    Gid = 4,
    Size = 8,
    AccessTime = 16,
    ModifyTime = 32,
    AccessTimeNow = 64,
    ModifyTimeNow = 128,
    ChangeTime = 256,

    /// <summary>Clear suid and (where group-executable) sgid: the caller asks for what a write or chown does (FATTR_KILL_SUIDGID).</summary>
    KillPrivileges = 512,

    Flags = 1024,
}

/// <summary>A change of attributes: chmod(2), chown(2), truncate(2), utimensat(2), chattr(1) in one.</summary>
public record struct AttributeChanges
{
    public AttributeMask Mask;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public ulong Size;
    public InodeFlags Flags;
    public Timestamp AccessTime;
    public Timestamp ModifyTime;
    public Timestamp ChangeTime;

    /// <summary>An open handle the change was made through (ftruncate(2)), else 0.</summary>
    public ulong Handle;
}
