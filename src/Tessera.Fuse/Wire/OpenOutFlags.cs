namespace Tessera.Fuse;

/// <summary><c>FOPEN_*</c>: how the kernel is to treat this open file.</summary>
[Flags]
public enum OpenOutFlags : uint
{
    None = 0,
    DirectIo = 1 << 0,
    KeepCache = 1 << 1,
    NonSeekable = 1 << 2,
    CacheDirectory = 1 << 3,
    Stream = 1 << 4,
    NoFlush = 1 << 5,
    ParallelDirectWrites = 1 << 6,
    Passthrough = 1 << 7,
}
