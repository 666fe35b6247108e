using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_statx</c>: <c>struct statx</c> of statx(2), field for field.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct FuseStatx
{
    public uint Mask { get; set; }

    public uint BlockSize { get; set; }

    public ulong Attributes { get; set; }

    public uint LinkCount { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public ushort Mode { get; set; }

    internal ushort Reserved { get; set; }

    public ulong Ino { get; set; }

    public ulong Size { get; set; }

    public ulong Blocks { get; set; }

    public ulong AttributesMask { get; set; }

    public FuseStatxTime AccessTime { get; set; }

    public FuseStatxTime BirthTime { get; set; }

    public FuseStatxTime ChangeTime { get; set; }

    public FuseStatxTime ModifyTime { get; set; }

    public uint DeviceMajor { get; set; }

    public uint DeviceMinor { get; set; }

    public uint FileSystemMajor { get; set; }

    public uint FileSystemMinor { get; set; }
}
