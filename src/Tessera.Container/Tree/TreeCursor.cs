using Tessera.Container.Format;

namespace Tessera.Container.Tree;

/// <summary>Walks a tree's entries in key order. Not thread-safe; reusable.</summary>
public sealed class TreeCursor(NodeReader reader)
{
    /// <summary>Deepest tree: with a fan-out of at least 60 it would hold more than 2^64 entries.</summary>
    public const int MaxHeight = 12;
    private readonly Node[] path = new Node[MaxHeight];
    private readonly int[] index = new int[MaxHeight];
    private int depth;

    public bool AtEnd { get; private set; } = true;

    public ReadOnlySpan<byte> Key => path[depth - 1].Key(index[depth - 1]);

    public ReadOnlySpan<byte> Value => path[depth - 1].Value(index[depth - 1]);

    public ulong Version => path[depth - 1].Version(index[depth - 1]);

    /// <summary>Goes to the first entry at or after the key.</summary>
    public void Seek(TreeRoot root, ReadOnlySpan<byte> key)
    {
        AtEnd = root.IsEmpty;
        depth = root.Height;
        if (AtEnd)
        {
            return;
        }

        Node node = reader.Read(new NodeReference(root.Reference));
        for (int level = 0; level < depth - 1; level++)
        {
            path[level] = node;
            index[level] = node.ChildFor(key);
            node = reader.Read(new NodeReference(node.Child(index[level])));
        }

        path[depth - 1] = node;
        index[depth - 1] = node.Seek(key);
        if (index[depth - 1] == node.Count)
        {
            NextLeaf();
        }
    }

    public void Next()
    {
        if (++index[depth - 1] == path[depth - 1].Count)
        {
            NextLeaf();
        }
    }

    /// <summary>Lets go of the nodes, so that a pooled cursor keeps no memory alive.</summary>
    public void Clear()
    {
        Array.Clear(path);
        AtEnd = true;
    }

    private void NextLeaf()
    {
        int level = depth - 2;
        while (level >= 0 && index[level] + 1 == path[level].Count)
        {
            level--;
        }

        if (level < 0)
        {
            AtEnd = true;
            return;
        }

        index[level]++;
        for (; level < depth - 1; level++)
        {
            path[level + 1] = reader.Read(new NodeReference(path[level].Child(index[level])));
            index[level + 1] = 0;
        }
    }
}
