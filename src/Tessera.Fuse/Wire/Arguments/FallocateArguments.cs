using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_fallocate_in</c>; <c>Mode</c> as in fallocate(2).</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public readonly record struct FallocateArguments(ulong Handle, ulong Offset, ulong Length, uint Mode);
