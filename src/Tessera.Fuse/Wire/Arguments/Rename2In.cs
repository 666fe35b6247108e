using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_rename2_in</c>; both names follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct Rename2In(ulong NewParent, RenameFlags Flags);
