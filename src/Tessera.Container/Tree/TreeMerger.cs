using Tessera.Container.Format;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Core.Stores;

namespace Tessera.Container.Tree;

/// <summary>Merges a frozen memory table into a tree: rewrites the nodes it touches, shares all others with the old tree.</summary>
public sealed class TreeMerger
{
    private readonly NodeReader reader;
    private readonly NodeWriter writer;
    private readonly Memtable table;
    private readonly SpaceChanges changes;
    private readonly ulong birth;
    private int at;
    private int nextRewrite;
    private long leaves;

    public TreeMerger(NodeReader reader, NodeWriter writer, Memtable table, SpaceChanges changes, ulong birth)
    {
        this.reader = reader;
        this.writer = writer;
        this.table = table;
        this.changes = changes;
        this.birth = birth;
    }

    /// <summary>Keys in ascending order: every node on the way to one is written anew, though nothing in it changes. So damaged copies are healed.</summary>
    public IReadOnlyList<byte[]> Rewrites { get; init; } = [];

    /// <summary>Nodes of which no copy can be read are left out, where <see cref="Rewrites"/> leads to them: only a repair may do that. Otherwise they
    /// stay as they are, and the merge fails when an entry belongs below one.</summary>
    public bool DropsLost { get; init; }

    /// <summary>The new tree. Its nodes are with the medium after <see cref="NodeWriter.Finish"/>.</summary>
    /// <exception cref="StoreDamageException">An entry belongs below a node of which no copy can be read.</exception>
    public TreeRoot Merge(TreeRoot old)
    {
        at = table.Seek([]);
        leaves = old.Leaves;
        List<Child> top = old.IsEmpty ? BuildFromNothing() : MergeNode(new Child([], old.Reference), upper: null);
        return RaiseTop(top, Math.Max(old.Height, 1));
    }

    private List<Child> BuildFromNothing()
    {
        var result = new List<Child>();
        NodeBuilder builder = LeafBuilder(result);
        AddFromTable(builder, upper: null);
        builder.Close();
        return result;
    }

    private TreeRoot RaiseTop(List<Child> top, int height)
    {
        while (top.Count > 1)
        {
            var above = new List<Child>();
            NodeBuilder builder = InnerBuilder((byte)height, above);
            foreach (Child child in top)
            {
                builder.Add(child.Key, child.Reference, 0);
            }

            builder.Close();
            top = above;
            height++;
        }

        if (top.Count == 0)
        {
            return TreeRoot.Empty;
        }

        return LowerTop(new TreeRoot(height, top[0].Reference, leaves));
    }

    /// <summary>A top with one child is no level.</summary>
    private TreeRoot LowerTop(TreeRoot root)
    {
        while (root.Height > 1)
        {
            Node node = reader.Read(new NodeReference(root.Reference));
            if (node.Count > 1)
            {
                break;
            }

            byte[] child = node.Child(0).ToArray();
            GiveUp(root.Reference);
            root = root with { Height = root.Height - 1, Reference = child };
        }

        return root;
    }

    /// <summary>Rewrites a node with the table's entries below <paramref name="upper"/>; what stands in its place now.</summary>
    private List<Child> MergeNode(Child old, byte[]? upper)
    {
        if (reader.TryRead(new NodeReference(old.Reference)) is not { } node)
        {
            return ReplaceLost(old, upper);
        }

        GiveUp(old.Reference);
        var result = new List<Child>();
        if (node.IsLeaf)
        {
            leaves--;
            NodeBuilder builder = LeafBuilder(result);
            MergeLeaf(node, builder, upper);
            builder.Close();
            KeepLowerBound(result, 0, old.Key);
            return result;
        }

        List<Child> children = node.Level == 1 ? MergeLeaves(node, upper) : MergeInner(node, upper);

        // A first child that vanished leaves its range to the next one: under a higher bound, nodes split off below it would come out of order.
        KeepLowerBound(children, 0, old.Key);
        NodeBuilder inner = InnerBuilder(node.Level, result);
        foreach (Child child in children)
        {
            inner.Add(child.Key, child.Reference, 0);
        }

        inner.Close();
        KeepLowerBound(result, 0, old.Key);
        return result;
    }

    /// <summary>What stands in the place of a node of which no copy can be read.</summary>
    private List<Child> ReplaceLost(Child lost, byte[]? upper)
    {
        PassRewrites(upper);
        if (!DropsLost)
        {
            return HasEntry(upper) ? throw Lost(lost.Reference) : [lost];
        }

        byte level = new NodeReference(lost.Reference).Level;
        GiveUp(lost.Reference);
        leaves -= level == 0 ? 1 : 0;
        var result = new List<Child>();
        NodeBuilder builder = LeafBuilder(result);
        AddFromTable(builder, upper);
        builder.Close();
        for (byte above = 1; above <= level && result.Count > 0; above++)
        {
            List<Child> below = result;
            result = [];
            NodeBuilder inner = InnerBuilder(above, result);
            below.ForEach(child => inner.Add(child.Key, child.Reference, 0));
            inner.Close();
        }

        KeepLowerBound(result, 0, lost.Key);
        return result;
    }

    private static StoreDamageException Lost(byte[] encoded) => NodeReader.Lost(new NodeReference(encoded));

    private List<Child> MergeInner(Node node, byte[]? upper)
    {
        var children = new List<Child>(node.Count + 8);
        for (int i = 0; i < node.Count; i++)
        {
            var child = new Child(node.Key(i).ToArray(), node.Child(i).ToArray());
            byte[]? childUpper = UpperOf(node, i, upper);
            if (IsTouched(childUpper))
            {
                children.AddRange(MergeNode(child, childUpper));
            }
            else
            {
                children.Add(child);
            }
        }

        return children;
    }

    /// <summary>Leaves stream into one builder as long as they are touched, or too small to stand alone, so that deletes leave no crumbs.</summary>
    private List<Child> MergeLeaves(Node parent, byte[]? upper)
    {
        var children = new List<Child>(parent.Count + 8);
        NodeBuilder? builder = null;
        int first = 0;
        byte[] lowerBound = [];
        for (int i = 0; i < parent.Count; i++)
        {
            byte[]? childUpper = UpperOf(parent, i, upper);
            bool touched = IsTouched(childUpper);
            bool wanted = builder is not null && builder.PendingLength < NodeBuilder.SmallNode;
            byte[] reference = parent.Child(i).ToArray();
            Node? leaf = touched || wanted ? reader.TryRead(new NodeReference(reference)) : null;
            bool stays = leaf is null && !(touched && DropsLost);
            if (stays)
            {
                // Nothing to do there, or nothing that could be done: a lost leaf is nobody's to join, and keeps its place.
                CloseLeaves(ref builder, children, first, lowerBound);
                children.Add(new Child(parent.Key(i).ToArray(), reference));
                PassRewrites(childUpper);
                _ = HasEntry(childUpper) ? throw Lost(reference) : 0;
                continue;
            }

            if (builder is null)
            {
                builder = LeafBuilder(children);
                first = children.Count;
                lowerBound = parent.Key(i).ToArray();
            }

            GiveUp(reference);
            leaves--;
            MergeLeaf(leaf, builder, childUpper);
        }

        CloseLeaves(ref builder, children, first, lowerBound);
        return children;
    }

    private static void CloseLeaves(ref NodeBuilder? builder, List<Child> children, int first, byte[] lowerBound)
    {
        if (builder is not null)
        {
            builder.Close();
            KeepLowerBound(children, first, lowerBound);
            builder = null;
        }
    }

    /// <summary>The first of the new nodes takes over the old one's lower bound: keys between it and the first entry belong there.</summary>
    private static void KeepLowerBound(List<Child> children, int index, byte[] lowerBound)
    {
        if (index < children.Count)
        {
            children[index] = children[index] with { Key = lowerBound };
        }
    }

    /// <param name="leaf">The old leaf; null when it is lost and dropped.</param>
    /// <param name="builder">Takes what stays of it, and the table's entries.</param>
    /// <param name="upper">Where the leaf's range ends.</param>
    private void MergeLeaf(Node? leaf, NodeBuilder builder, byte[]? upper)
    {
        for (int i = 0; i < (leaf?.Count ?? 0); i++)
        {
            ReadOnlySpan<byte> key = leaf!.Key(i);
            bool replaced = false;
            while (at != 0)
            {
                int order = table.Key(at).SequenceCompareTo(key);
                if (order > 0)
                {
                    break;
                }

                replaced |= order == 0;
                AddCurrent(builder);
            }

            if (!replaced)
            {
                builder.Add(key, leaf.Value(i), leaf.Version(i));
            }
        }

        AddFromTable(builder, upper);
        PassRewrites(upper);
    }

    private void AddFromTable(NodeBuilder builder, byte[]? upper)
    {
        while (HasEntry(upper))
        {
            AddCurrent(builder);
        }
    }

    private void AddCurrent(NodeBuilder builder)
    {
        MemtableValue value = table.Value(at);
        if (!value.IsTombstone)
        {
            builder.Add(table.Key(at), value.Bytes, value.Version);
        }

        at = table.Next(at);
    }

    private bool IsTouched(byte[]? upper) => HasEntry(upper) || HasRewrite(upper);

    private bool HasEntry(byte[]? upper) => at != 0 && (upper is null || table.Key(at).SequenceCompareTo(upper) < 0);

    private bool HasRewrite(byte[]? upper) =>
        nextRewrite < Rewrites.Count && (upper is null || Rewrites[nextRewrite].AsSpan().SequenceCompareTo(upper) < 0);

    /// <summary>The way to these keys has been written.</summary>
    private void PassRewrites(byte[]? upper)
    {
        while (HasRewrite(upper))
        {
            nextRewrite++;
        }
    }

    private static byte[]? UpperOf(Node node, int index, byte[]? upper) => index + 1 < node.Count ? node.Key(index + 1).ToArray() : upper;

    private NodeBuilder LeafBuilder(List<Child> result) => new(0, birth, (key, bytes) =>
    {
        leaves++;
        result.Add(new Child(key, writer.Write(bytes, birth, changes)));
    });

    private NodeBuilder InnerBuilder(byte level, List<Child> result) =>
        new(level, birth, (key, bytes) => result.Add(new Child(key, writer.Write(bytes, birth, changes))));

    private void GiveUp(byte[] encoded)
    {
        var reference = new NodeReference(encoded);
        int slots = reference.SingleSlots ? 1 : reference.Slots;
        for (int i = 0; i < Geometry.Copies * reference.PlacementsPerCopy; i++)
        {
            changes.GiveUp(reference.Placement(0, i), slots);
        }
    }

    private readonly record struct Child(byte[] Key, byte[] Reference);
}
