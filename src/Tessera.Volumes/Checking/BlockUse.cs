using System.Runtime.InteropServices;

namespace Tessera.Volumes.Checking;

/// <summary>What one file's extents use of one block: 24 bytes, so that a million blocks cost 24 MB.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct BlockUse
{
    public ulong Address;

    /// <summary>Index of the file.</summary>
    public int Owner;

    /// <summary>Bytes of the block that extents name; of a shared one maybe the same bytes many times.</summary>
    public long Live;

    /// <summary>Bytes of the block.</summary>
    public uint Length;
}
