using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_notify_inval_inode_out</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal readonly record struct InvalidateInodeOut(ulong NodeId, long Offset, long Length);
