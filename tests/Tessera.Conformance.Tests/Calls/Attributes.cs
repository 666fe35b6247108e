using System.Runtime.InteropServices;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>struct statx (linux/stat.h): the same on every architecture.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct Attributes
{
    public uint Mask;
    public uint BlockSize;
    public ulong Flags;
    public uint Links;
    public uint Uid;
    public uint Gid;
    public ushort Mode;
    public ushort Spare;
    public ulong Inode;
    public ulong Size;
    public ulong Blocks;
    public ulong FlagsMask;
    public TimeStamp Accessed;
    public TimeStamp Born;
    public TimeStamp Changed;
    public TimeStamp Modified;
    public uint DeviceMajor;
    public uint DeviceMinor;

    public readonly uint Type => Mode & Calls.Mode.TypeMask;

    public readonly uint Bits => Mode & Calls.Mode.Bits;
}
