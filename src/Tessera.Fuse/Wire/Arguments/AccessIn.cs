using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_access_in</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct AccessIn(uint Mask);
