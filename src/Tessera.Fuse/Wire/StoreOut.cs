using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_notify_store_out</c>; the data follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal readonly record struct StoreOut(ulong NodeId, ulong Offset, uint Size);
