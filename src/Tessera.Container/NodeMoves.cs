using Tessera.Container.Format;
using Tessera.Container.Space;

namespace Tessera.Container;

/// <summary>Ways of the tree that the next checkpoint writes anew although nothing in them changes (docs/format/scattered.md, Reshuffle).</summary>
internal sealed class NodeMoves
{
    private static readonly Comparer<byte[]> s_order = Comparer<byte[]>.Create(static (one, other) => one.AsSpan().SequenceCompareTo(other));
    private readonly SortedSet<byte[]> keys = new(s_order);
    private readonly Lock sync = new();

    /// <summary>False when as many wait as one checkpoint takes.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key)
    {
        lock (sync)
        {
            return keys.Count < ContainerStore.MaxRewrites && (keys.Add(key.ToArray()) || true);
        }
    }

    /// <summary>All that wait, in ascending order. None, and they are forgotten, when little is free: a checkpoint must never fail for them.</summary>
    /// <param name="freeSlots">Free now, apart from the reserve.</param>
    /// <param name="view">What the checkpoint puts into the tree.</param>
    public IReadOnlyList<byte[]> Take(long freeSlots, View view)
    {
        lock (sync)
        {
            long needed = CheckpointNeed.Of(view) + (keys.Count * (long)CheckpointNeed.PerLeaf * (view.Tree.Height + 1));
            byte[][] taken = freeSlots < needed ? [] : [.. keys];
            keys.Clear();
            return taken;
        }
    }
}
