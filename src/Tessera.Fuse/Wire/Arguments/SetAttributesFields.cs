namespace Tessera.Fuse;

/// <summary><c>FATTR_*</c>.</summary>
[Flags]
public enum SetAttributesFields : uint
{
    None = 0,
    Mode = 1 << 0,
    Uid = 1 << 1,
    Gid = 1 << 2,
    Size = 1 << 3,
    AccessTime = 1 << 4,
    ModifyTime = 1 << 5,
    Handle = 1 << 6,
    AccessTimeNow = 1 << 7,
    ModifyTimeNow = 1 << 8,
    LockOwner = 1 << 9,
    ChangeTime = 1 << 10,

    /// <summary>Clear suid and sgid along with the change (<see cref="FuseFeatures.HandleKillPrivilegesV2"/>).</summary>
    KillSuidGid = 1 << 11,
}
