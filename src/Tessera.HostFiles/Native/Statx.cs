using System.Runtime.InteropServices;
using Tessera.Core.FileSystem;

namespace Tessera.HostFiles.Native;

/// <summary><c>struct statx</c> (linux/stat.h); the same layout on every architecture.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct Statx
{
    /// <summary>STATX_BASIC_STATS, STATX_BTIME and STATX_MNT_ID.</summary>
    public const uint Wanted = 0x7FF | BirthTimeKnown | MountKnown;

    public const uint BirthTimeKnown = 0x800;
    public const uint MountKnown = 0x1000;

    public uint Mask;
    public uint BlockSize;
    public ulong Attributes;
    public uint LinkCount;
    public uint Uid;
    public uint Gid;
    public ushort Mode;
    private readonly ushort padding;
    public ulong Ino;
    public ulong Size;
    public ulong Blocks;
    public ulong AttributesMask;
    public StatxTime AccessTime;
    public StatxTime BirthTime;
    public StatxTime ChangeTime;
    public StatxTime ModifyTime;
    public uint RdevMajor;
    public uint RdevMinor;
    public uint DeviceMajor;
    public uint DeviceMinor;
    public ulong MountId;

    public readonly bool IsDirectory => ModeBits.IsDirectory(Mode);

    public readonly bool IsRegular => ModeBits.IsRegular(Mode);

    /// <summary>Bits that a write by an unprivileged process takes away: suid, and sgid where the group may execute.</summary>
    public readonly uint PrivilegedBits =>
        (Mode & ModeBits.SetUid) | ((Mode & ModeBits.GroupExecute) != 0 ? Mode & ModeBits.SetGid : 0);
}
