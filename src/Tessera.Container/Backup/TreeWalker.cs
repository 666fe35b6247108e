using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Walks what a tree has and an earlier one of the same volume has not, past the node cache. Used by one thread.</summary>
internal sealed class TreeWalker(NodeReader nodes, BlockOwner owner, BackupBase since, RootCopier copier)
{
    private readonly AlignedBuffer stored = new(Geometry.MaxNode);
    private readonly SlotSet seen = new();

    /// <exception cref="StoreDamageException">Both copies of a node are damaged.</exception>
    public void Walk(TreeRoot tree)
    {
        if (!tree.IsEmpty)
        {
            Walk(new NodeReference(tree.Reference));
        }
    }

    /// <summary>A node not born since is shared with the earlier tree, and so is all below it.</summary>
    private void Walk(NodeReference reference)
    {
        if (reference.Birth <= since.Generation)
        {
            return;
        }

        Node node = Read(reference);
        copier.CopyNode(reference, stored.Span[..(reference.Slots * Geometry.SlotSize)]);
        for (int i = 0; i < node.Count; i++)
        {
            if (node.IsLeaf)
            {
                VisitEntry(node, i);
            }
            else
            {
                Walk(new NodeReference(node.Child(i)));
            }
        }
    }

    /// <summary>An entry not written since refers to a block the earlier tree has; one that was may still refer to such a block, which its birth then tells.</summary>
    private void VisitEntry(Node leaf, int index)
    {
        ReadOnlySpan<byte> key = leaf.Key(index);
        if (leaf.Version(index) > since.Sequence
            && key.SequenceCompareTo(SpaceKeys.End) >= 0
            && owner(key, leaf.Value(index), out BlockReference block)
            && block.Birth >= since.BlockFloor
            && seen.Add(block.Address))
        {
            copier.CopyBlock(block);
        }
    }

    private Node Read(NodeReference reference)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (nodes.TryReadCopy(reference, copy, stored.Span) is { } node)
            {
                return node;
            }

            copier.NoteDamagedCopy(reference, copy);
        }

        throw new StoreDamageException($"Both copies of a tree node are damaged (level {reference.Level}, addresses {reference.Placement(0, 0):x} and {reference.Placement(1, 0):x}).");
    }
}
