using System.Runtime.InteropServices;

namespace Tessera.HostFiles.Native;

/// <summary><c>struct statvfs</c> of 64-bit Linux, as far as it is looked at.</summary>
[StructLayout(LayoutKind.Sequential, Size = 112)]
internal struct StatVfs
{
    public ulong BlockSize;
    public ulong FragmentSize;
    public ulong Blocks;
    public ulong FreeBlocks;
    public ulong AvailableBlocks;
    public ulong Files;
    public ulong FreeFiles;
}
