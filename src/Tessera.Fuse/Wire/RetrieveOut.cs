using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_notify_retrieve_out</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal readonly record struct RetrieveOut(ulong NotifyUnique, ulong NodeId, ulong Offset, uint Size);
