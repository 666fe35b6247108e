using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_ioctl_in</c>. Sizes are those encoded in the command.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public readonly struct IoctlArguments
{
    public ulong Handle { get; init; }

    /// <summary><c>FUSE_IOCTL_*</c>: bit 0 compat, bit 3 32-bit caller, bit 4 on a directory.</summary>
    public uint Flags { get; init; }

    public uint Command { get; init; }

    public ulong Argument { get; init; }

    public uint InputSize { get; init; }

    public uint OutputSize { get; init; }
}
