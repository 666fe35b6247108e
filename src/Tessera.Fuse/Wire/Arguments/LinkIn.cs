using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_link_in</c>; the new name follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct LinkIn(ulong ExistingNodeId);
