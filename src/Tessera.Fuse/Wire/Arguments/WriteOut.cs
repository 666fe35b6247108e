using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_write_out</c>, <c>fuse_getxattr_out</c> and <c>fuse_poll_out</c>: one 32-bit number and padding.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct WriteOut(uint Size);
