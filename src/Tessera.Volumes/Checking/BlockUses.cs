using System.Runtime.InteropServices;

namespace Tessera.Volumes.Checking;

/// <summary>The blocks that extents lie in, one use for each, gathered file by file and then sorted by address.</summary>
internal sealed class BlockUses(InodeIndex inodes, FindingLog log)
{
    private const int FirstGrowth = 1024;
    private readonly List<BlockUse> uses = [];

    /// <summary>Blocks used, each once.</summary>
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

    /// <summary>Sorts by address; blocks used by two files, or beyond their length, are found and left out of what follows.</summary>
    public void Sort()
    {
        Span<BlockUse> all = CollectionsMarshal.AsSpan(uses);
        all.Sort(static (left, right) => left.Address.CompareTo(right.Address));
        int kept = 0;
        for (int at = 0; at < all.Length;)
        {
            BlockUse use = all[at++];
            bool twice = use.Live > use.Length;
            int other = use.Owner;
            for (; at < all.Length && all[at].Address == use.Address; at++)
            {
                twice = true;
                other = all[at].Owner;
            }

            if (twice)
            {
                ReportTwice(use, other);
                use.Length = 0;
            }

            all[kept++] = use;
        }

        uses.RemoveRange(kept, uses.Count - kept);
    }

    private void ReportTwice(in BlockUse use, int other)
    {
        ulong owner = inodes[use.Owner].Ino;
        string who = other == use.Owner ? $"twice by inode {owner}" : $"by inode {owner} and by inode {inodes[other].Ino}";
        log.Add(FindingKinds.BlockUsedTwice, owner, $"Bytes of the block at {use.Address:x} are used {who}.");
    }
}
