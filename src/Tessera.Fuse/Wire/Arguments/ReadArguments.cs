using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_read_in</c>, for READ, READDIR and READDIRPLUS. For directories <c>Offset</c> is the cookie of the last entry taken.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly struct ReadArguments
{
    public ulong Handle { get; init; }

    public ulong Offset { get; init; }

    public uint Size { get; init; }

    /// <summary><c>FUSE_READ_LOCKOWNER</c> (bit 1): <see cref="LockOwner"/> is meaningful.</summary>
    public uint ReadFlags { get; init; }

    public ulong LockOwner { get; init; }

    /// <summary>The open(2) flags of the file.</summary>
    public uint Flags { get; init; }
}
