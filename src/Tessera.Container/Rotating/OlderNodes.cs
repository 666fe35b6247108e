using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container.Rotating;

/// <summary>One walk over a tree for what is sealed under an older key. Nodes are read through the cache; nothing is written.</summary>
internal sealed class OlderNodes(ContainerParts parts, RetirementOptions options)
{
    private readonly NodeReader nodes = parts.Nodes;
    private readonly SealingKeys keys = parts.Keys;
    private readonly List<byte[]> ways = [];
    private int mostWays;
    private byte[] from = [];

    /// <summary>Leaves passed.</summary>
    public long Leaves { get; private set; }

    /// <summary>Entries that name a block under an older key.</summary>
    public long OutdatedEntries { get; private set; }

    /// <summary>Older nodes that cannot be read.</summary>
    public long Lost { get; private set; }

    /// <summary>Looks for older nodes from a key on, no further than to their references.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="most">Ways at most.</param>
    /// <returns>A key below each of them, in ascending order; and where to go on, null at the end of the tree.</returns>
    public (IReadOnlyList<byte[]> Ways, byte[]? Next) Find(TreeRoot tree, byte[] start, int most)
    {
        ways.Clear();
        from = start;
        mostWays = most;
        return (ways, tree.IsEmpty ? null : Visit(new NodeReference(tree.Reference), [], upper: null));
    }

    /// <summary>Reads every leaf, and counts the entries whose block is under an older key.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="progress">Told the number of leaves so far.</param>
    public void CountOutdated(TreeRoot tree, Action<long> progress)
    {
        if (!tree.IsEmpty)
        {
            Count(new NodeReference(tree.Reference), progress);
        }
    }

    private byte[]? Visit(NodeReference reference, byte[] lower, byte[]? upper)
    {
        options.Cancellation.ThrowIfCancellationRequested();
        bool isOlder = keys.IsOlder(reference.Session);
        if (isOlder && (ways.Count == 0 || !ways[^1].AsSpan().SequenceEqual(lower)))
        {
            ways.Add(lower);
        }

        if (reference.Level == 0)
        {
            Leaves++;
            return ways.Count >= mostWays ? upper : null;
        }

        if (nodes.TryRead(reference) is not { } node)
        {
            Lost += isOlder ? 1 : 0;
            return null;
        }

        for (int i = node.ChildFor(from); i < node.Count; i++)
        {
            byte[]? childUpper = i + 1 < node.Count ? node.Key(i + 1).ToArray() : upper;
            if (Visit(new NodeReference(node.Child(i)), node.Key(i).ToArray(), childUpper) is { } next)
            {
                return next;
            }
        }

        return null;
    }

    private void Count(NodeReference reference, Action<long> progress)
    {
        options.Cancellation.ThrowIfCancellationRequested();
        if (nodes.TryRead(reference) is not { } node)
        {
            Lost++; // Whichever key it is under, what is below it is not known.
            return;
        }

        if (node.IsLeaf)
        {
            progress(++Leaves);
            options.Pace(reference.Length);
        }

        for (int i = 0; i < node.Count; i++)
        {
            if (!node.IsLeaf)
            {
                Count(new NodeReference(node.Child(i)), progress);
            }
            else if (node.Key(i).SequenceCompareTo(SpaceKeys.End) >= 0 && options.Blocks(node.Key(i), node.Value(i), out BlockReference block) && keys.IsOlder(block.Session))
            {
                OutdatedEntries++;
            }
        }
    }
}
