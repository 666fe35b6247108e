using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_kstatfs</c>: what statfs(2) shows. Block counts are in <c>FragmentSize</c> units.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct FuseStatFs
{
    public ulong Blocks { get; set; }

    public ulong FreeBlocks { get; set; }

    public ulong AvailableBlocks { get; set; }

    public ulong Files { get; set; }

    public ulong FreeFiles { get; set; }

    public uint BlockSize { get; set; }

    public uint NameLength { get; set; }

    public uint FragmentSize { get; set; }
}
