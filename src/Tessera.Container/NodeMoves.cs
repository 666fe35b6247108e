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
            if (keys.Count >= ContainerStore.MaxRewrites)
            {
                return false;
            }

            keys.Add(key.ToArray());
            return true;
        }
    }

    /// <summary>All that wait, in ascending order. None, and they are forgotten, when little is free: a checkpoint must never fail for them.</summary>
    /// <param name="urgent">Taken instead, if there are any: what is to be healed. The others wait.</param>
    /// <param name="space">The free slots.</param>
    /// <param name="seen">What the checkpoint puts into the tree.</param>
    public IReadOnlyList<byte[]> TakeUnless(IReadOnlyList<byte[]> urgent, SpaceMap space, View seen)
    {
        if (urgent.Count > 0)
        {
            return urgent;
        }

        lock (sync)
        {
            byte[][] taken = space.FreeSlots - space.ReserveSlots < CheckpointNeed.OfRewriting(seen, keys.Count) * space.NeedFactor ? [] : [.. keys];
            keys.Clear();
            return taken;
        }
    }
}
