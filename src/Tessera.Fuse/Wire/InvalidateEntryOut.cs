using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_notify_inval_entry_out</c>; the name and its NUL follow. <c>Flags</c>: <c>FUSE_EXPIRE_ONLY</c> since 7.38.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct InvalidateEntryOut(ulong Parent, uint NameLength, uint Flags);
