using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary>The fields of <c>struct statx</c> (linux/stat.h) that a medium needs; the same layout on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Statx
{
    /// <summary>Which fields the kernel filled in.</summary>
    [FieldOffset(0)]
    public uint Mask;

    [FieldOffset(16)]
    public uint Links;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public ulong Size;

    /// <summary>When the file was made, seconds; of <see cref="HostFlags.StatxBirth"/>.</summary>
    [FieldOffset(80)]
    public long BirthSeconds;

    [FieldOffset(88)]
    public uint BirthNanoseconds;

    /// <summary>When its contents were last changed, seconds.</summary>
    [FieldOffset(112)]
    public long ModifiedSeconds;

    [FieldOffset(120)]
    public uint ModifiedNanoseconds;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;

    /// <summary>What a buffer must be aligned to for O_DIRECT, bytes; 0: no O_DIRECT (Linux 6.1, STATX_DIOALIGN).</summary>
    [FieldOffset(152)]
    public uint DirectMemoryAlignment;

    [FieldOffset(156)]
    public uint DirectOffsetAlignment;
}
