using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_interrupt_in</c>: the request nobody waits for any more.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct InterruptIn(ulong Unique);
