using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_setxattr_in</c>; name, NUL and value follow. Only 8 bytes unless <see cref="FuseFeatures.SetXattrExtended"/> is on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct SetXattrIn(uint Size, SetXattrMode Mode, SetXattrFlags Flags)
{
    public const int CompatibleSize = 8;
}
