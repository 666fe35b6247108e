using System.Runtime.InteropServices;

namespace Tessera.Volumes.Checking;

/// <summary>What one file's extents use of one block: 20 bytes, so that a million blocks cost 20 MB.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct BlockUse
{
    public ulong Address;

    /// <summary>Index of the file.</summary>
    public int Owner;

    /// <summary>Bytes of the block that extents name.</summary>
    public uint Live;

    /// <summary>Bytes of the block.</summary>
    public uint Length;
}
