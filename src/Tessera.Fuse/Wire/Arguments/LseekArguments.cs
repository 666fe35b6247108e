using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_lseek_in</c>; <c>Whence</c> is SEEK_DATA (3) or SEEK_HOLE (4).</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly record struct LseekArguments(ulong Handle, ulong Offset, uint Whence);
