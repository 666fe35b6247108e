using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_bmap_in</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct BmapArguments(ulong Block, uint BlockSize);
