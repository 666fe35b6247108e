using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_statx_out</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 288)]
public struct FuseStatxReply
{
    public ulong Seconds { get; set; }

    public uint Nanoseconds { get; set; }

    public uint Flags { get; set; }

    internal ulong Reserved1 { get; set; }

    internal ulong Reserved2 { get; set; }

    public FuseStatx Statx;
}
