using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_rename_in</c>; both names follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct RenameIn(ulong NewParent);
