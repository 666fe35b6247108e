using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_mknod_in</c>. The kernel has applied the umask unless <see cref="FuseFeatures.DontMask"/> is on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct MakeNodeArguments(uint Mode, uint Device, uint Umask);
