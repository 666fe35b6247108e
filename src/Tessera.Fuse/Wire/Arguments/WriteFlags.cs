namespace Tessera.Fuse;

/// <summary><c>FUSE_WRITE_*</c>.</summary>
[Flags]
public enum WriteFlags : uint
{
    None = 0,

    /// <summary>Written back from the page cache: handle and process are a guess.</summary>
    FromCache = 1 << 0,
    LockOwner = 1 << 1,

    /// <summary>Clear suid and sgid (<see cref="FuseFeatures.HandleKillPrivilegesV2"/>).</summary>
    KillSuidGid = 1 << 2,
}
