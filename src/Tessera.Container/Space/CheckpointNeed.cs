using Tessera.Container.Format;
using Tessera.Container.Tables;
using Tessera.Core.Stores;

namespace Tessera.Container.Space;

/// <summary>Slots that checkpoints take at worst, before they give up those of the nodes they replace.</summary>
internal static class CheckpointNeed
{
    /// <summary>Of the rewritten inner nodes and the chain, besides the leaves.</summary>
    public const int Overhead = 256;

    /// <summary>Of a rewritten leaf, both copies: split in two, each half rounds up.</summary>
    public const int PerLeaf = Geometry.Copies * ((Geometry.MaxNode / Geometry.SlotSize) + 2);

    /// <summary>For what is in the tables.</summary>
    public static long Of(View seen) => Of(seen, 0, 0);

    /// <summary>For what is in the tables, and a batch besides.</summary>
    public static long Of(View seen, StoreBatch batch) => Of(seen, batch.Count, batch.Length);

    /// <summary>For what is in the tables, and ways of the tree that are written anew besides.</summary>
    public static long OfRewriting(View seen, int ways) => Of(seen) + (ways * (long)PerLeaf * (seen.Tree.Height + 1));

    /// <summary>For a batch alone, however large the tree.</summary>
    public static long Of(StoreBatch batch) => Overhead + ((long)batch.Count * PerLeaf) + SlotsOf(batch.Length);

    private static long Of(View seen, int moreEntries, int moreBytes)
    {
        long entries = seen.Active.Count + (seen.Frozen?.Count ?? 0) + moreEntries;
        long bytes = seen.Active.Bytes + (seen.Frozen?.Bytes ?? 0);
        long leaves = Math.Min(entries, seen.Tree.Leaves + 1);
        return Overhead + (leaves * PerLeaf) + SlotsOf(bytes) + SlotsOf(moreBytes);
    }

    private static long SlotsOf(long bytes) => bytes / Geometry.SlotSize * Geometry.Copies;
}
