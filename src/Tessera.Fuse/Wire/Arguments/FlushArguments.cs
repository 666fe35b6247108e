using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_flush_in</c>: one close(2) of a descriptor. POSIX locks of <see cref="LockOwner"/> end here.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly struct FlushArguments
{
    public ulong Handle { get; init; }

    internal ulong Reserved { get; init; }

    public ulong LockOwner { get; init; }
}
