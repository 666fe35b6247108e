using System.Runtime.InteropServices;

namespace Tessera.Volumes.Checking;

/// <summary>The blocks that extents lie in, one use for each file and block, gathered file by file and then sorted by address.</summary>
internal sealed class BlockUses
{
    private const int FirstGrowth = 1024;
    private readonly List<BlockUse> uses = [];

    /// <summary>Uses: as many as blocks, and more where blocks are shared.</summary>
    public int Count => uses.Count;

    public BlockUse this[int index] => uses[index];

    public void Add(in BlockUse use)
    {
        if (uses.Count == uses.Capacity)
        {
            // By half, not by doubling: with many blocks this list is what a check needs most.
            uses.Capacity += (uses.Capacity / 2) + FirstGrowth;
        }

        uses.Add(use);
    }

    /// <summary>Sorts by address.</summary>
    public void Sort() => CollectionsMarshal.AsSpan(uses).Sort(static (left, right) => left.Address.CompareTo(right.Address));
}
