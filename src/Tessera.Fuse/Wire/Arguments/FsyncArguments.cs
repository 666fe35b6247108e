using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_fsync_in</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly struct FsyncArguments
{
    public ulong Handle { get; init; }

    internal uint Flags { get; init; }

    /// <summary>fdatasync(2): only what is needed to read the data back.</summary>
    public bool DataOnly => (Flags & 1) != 0;
}
