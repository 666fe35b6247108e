using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_notify_retrieve_in</c>, laid out to overlap <c>fuse_write_in</c>; the data follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
internal readonly record struct RetrieveIn(ulong Unused, ulong Offset, uint Size);
