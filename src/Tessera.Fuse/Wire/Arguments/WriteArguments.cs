using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_write_in</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly struct WriteArguments
{
    public ulong Handle { get; init; }

    public ulong Offset { get; init; }

    public uint Size { get; init; }

    public WriteFlags WriteFlags { get; init; }

    public ulong LockOwner { get; init; }

    /// <summary>The open(2) flags of the file.</summary>
    public uint Flags { get; init; }
}
