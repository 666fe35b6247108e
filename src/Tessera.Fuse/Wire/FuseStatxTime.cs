using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_sx_time</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct FuseStatxTime(long Seconds, uint Nanoseconds);
