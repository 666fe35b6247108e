using System.Runtime.InteropServices;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>The blocks of the file whose extents are being walked that are used in parts: a block may hold many of its extents in any
/// order.</summary>
/// <remarks>About 50 bytes for each block that an extent uses a part of. Blocks wholly used by one extent, the common case, cost nothing
/// here.</remarks>
internal sealed class FileBlocks
{
    /// <summary>A larger table is thrown away with its file: clearing it for each of a million small files would cost more than they do.</summary>
    private const int MaxKept = 1024;
    private Dictionary<ulong, Part> parts = [];

    /// <summary>Bytes of all the file's blocks, dead parts included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Notes that an extent uses bytes of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="bytes">How many of its bytes.</param>
    /// <param name="differs">An earlier extent refers to the same place by another reference: one of the two cannot be opened.</param>
    /// <returns>Whether it is the file's first extent in the block.</returns>
    public bool Use(in BlockReference block, int bytes, out bool differs)
    {
        ref Part part = ref CollectionsMarshal.GetValueRefOrAddDefault(parts, block.Address, out bool known);
        differs = known && (part.Length != block.Length || part.Counter != block.Counter);
        if (!known)
        {
            part.Length = block.Length;
            part.Counter = block.Counter;
            Bytes += block.Length;
        }

        part.Live += bytes;
        return !known;
    }

    /// <summary>The block is wholly used by one extent.</summary>
    public void UseWhole(in BlockReference block) => Bytes += block.Length;

    /// <summary>Ends the file: hands over what it uses in parts.</summary>
    public void Drain(int owner, BlockUses uses)
    {
        foreach ((ulong address, Part part) in parts)
        {
            uses.Add(new BlockUse { Address = address, Owner = owner, Live = part.Live, Length = part.Length });
        }

        Bytes = 0;
        if (parts.Count > MaxKept)
        {
            parts = [];
        }
        else if (parts.Count > 0)
        {
            parts.Clear();
        }
    }

    private struct Part
    {
        public ulong Counter;
        public long Live;
        public uint Length;
    }
}
