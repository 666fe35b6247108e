using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_lk_in</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly struct LockArguments
{
    public ulong Handle { get; init; }

    public ulong Owner { get; init; }

    public FuseFileLock Lock { get; init; }

    internal uint Flags { get; init; }

    /// <summary>flock(2) on the whole open file, rather than fcntl(2) on a range.</summary>
    public bool IsFlock => (Flags & 1) != 0;
}
