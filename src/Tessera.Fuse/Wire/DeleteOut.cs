using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_notify_delete_out</c>; the name and its NUL follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal readonly record struct DeleteOut(ulong Parent, ulong Child, uint NameLength);
