using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_ioctl_out</c>, without the retry protocol of unrestricted ioctls.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct FuseIoctlReply(int Result, uint Flags, uint InputVectors, uint OutputVectors);
