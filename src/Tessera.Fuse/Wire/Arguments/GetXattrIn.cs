using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_getxattr_in</c>: size zero asks for the length.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct GetXattrIn(uint Size);
