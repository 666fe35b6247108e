using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary><c>struct statvfs</c> (statvfs(3)) of 64-bit Linux, as far as it is used.</summary>
[StructLayout(LayoutKind.Explicit, Size = 112)]
internal struct StatVfs
{
    /// <summary>The unit of the block counts, bytes.</summary>
    [FieldOffset(8)]
    public ulong FragmentSize;

    /// <summary>Free blocks for a process without privilege.</summary>
    [FieldOffset(32)]
    public ulong AvailableBlocks;
}
