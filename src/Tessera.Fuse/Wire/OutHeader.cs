using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_out_header</c>: in front of every reply and notification. <c>Error</c> is zero or a negative errno.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct OutHeader(uint Length, int Error, ulong Unique);
