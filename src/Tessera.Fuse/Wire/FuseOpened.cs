using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_open_out</c>: the handle every later request on this open file will carry.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct FuseOpened(ulong Handle, OpenOutFlags Flags = OpenOutFlags.None, int BackingId = 0);
