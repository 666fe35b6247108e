namespace Tessera.Fuse;

/// <summary><c>FUSE_SETXATTR_*</c> (7.33).</summary>
[Flags]
public enum SetXattrFlags : uint
{
    None = 0,

    /// <summary>Setting a POSIX ACL from a process outside the file's group: clear sgid.</summary>
    AclKillSgid = 1 << 0,
}
