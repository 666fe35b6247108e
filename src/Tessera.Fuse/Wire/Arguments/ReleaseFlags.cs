namespace Tessera.Fuse;

/// <summary><c>FUSE_RELEASE_*</c>.</summary>
[Flags]
public enum ReleaseFlags : uint
{
    None = 0,
    Flush = 1 << 0,

    /// <summary>Drop the flock(2) lock held under this release's lock owner.</summary>
    FlockUnlock = 1 << 1,
}
