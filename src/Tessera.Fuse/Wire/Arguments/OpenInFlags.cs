namespace Tessera.Fuse;

/// <summary><c>FUSE_OPEN_*</c>.</summary>
[Flags]
public enum OpenInFlags : uint
{
    None = 0,

    /// <summary>Clear suid and sgid when the open truncates.</summary>
    KillSuidGid = 1 << 0,
}
