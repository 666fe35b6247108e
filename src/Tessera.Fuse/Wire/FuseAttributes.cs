using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>
/// <c>struct fuse_attr</c>: what stat(2) shows. Times are seconds (two's complement) and nanoseconds since 1970; <c>Blocks</c> counts
/// 512-byte units; <c>Mode</c> holds type and permissions; <c>Device</c> is in the kernel's 32-bit encoding.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 88)]
public struct FuseAttributes
{
    public ulong Ino { get; set; }

    public ulong Size { get; set; }

    public ulong Blocks { get; set; }

    public long AccessSeconds { get; set; }

    public long ModifySeconds { get; set; }

    public long ChangeSeconds { get; set; }

    public uint AccessNanoseconds { get; set; }

    public uint ModifyNanoseconds { get; set; }

    public uint ChangeNanoseconds { get; set; }

    public uint Mode { get; set; }

    public uint LinkCount { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public uint Device { get; set; }

    public uint BlockSize { get; set; }

    public FuseAttributesFlags Flags { get; set; }
}
