using System.Collections.Concurrent;
using Tessera.Container.Format;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Gets and scans over a view: active table over frozen table over tree.</summary>
public sealed class MapReader(NodeReader nodes)
{
    private const int MaxPooledCursors = 16;
    private readonly ConcurrentQueue<TreeCursor> cursors = new();

    /// <summary>Looks a key up. With <paramref name="allowIo"/> false it gives up, and returns false, at the first node that is not in memory.</summary>
    /// <exception cref="StoreDamageException">A node is damaged, or the view is so old that its slots were reused.</exception>
    public bool TryGet(View view, ReadOnlySpan<byte> key, Span<byte> destination, bool allowIo, out StoreEntry entry)
    {
        if (TryGet(view.Active, key, destination, out entry) || (view.Frozen is { } frozen && TryGet(frozen, key, destination, out entry)))
        {
            return true;
        }

        entry = default;
        if (view.Tree.IsEmpty)
        {
            return true;
        }

        if (Descend(view.Tree, key, allowIo) is not { } leaf)
        {
            return false;
        }

        int index = leaf.Find(key);
        if (index >= 0)
        {
            entry = Copy(leaf.Value(index), leaf.Version(index), destination);
        }

        return true;
    }

    /// <summary>Fills the page from [from, to); an empty <paramref name="to"/> is the end of the map.</summary>
    public void Scan(View view, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ScanPage page)
    {
        TreeCursor tree = cursors.TryDequeue(out TreeCursor? pooled) ? pooled : new TreeCursor(nodes);
        try
        {
            tree.Seek(view.Tree, from);
            var merged = new Merge(view, tree, view.Active.Seek(from), view.Frozen?.Seek(from) ?? 0);
            merged.Fill(to, page);
            if (!page.Complete && page.LastKey.SequenceCompareTo(from) < 0)
            {
                throw new StoreDamageException("A tree's keys are out of order."); // Else the next page would begin where this one did, for ever.
            }
        }
        finally
        {
            tree.Clear();
            if (cursors.Count < MaxPooledCursors)
            {
                cursors.Enqueue(tree);
            }
        }
    }

    private static bool TryGet(Memtable table, ReadOnlySpan<byte> key, Span<byte> destination, out StoreEntry entry)
    {
        int node = table.Find(key);
        if (node == 0)
        {
            entry = default;
            return false;
        }

        MemtableValue value = table.Value(node);
        entry = value.IsTombstone ? default : Copy(value.Bytes, value.Version, destination);
        return true;
    }

    private static StoreEntry Copy(ReadOnlySpan<byte> value, ulong version, Span<byte> destination)
    {
        if (value.Length <= destination.Length)
        {
            value.CopyTo(destination);
        }

        return new StoreEntry(Found: true, value.Length, version);
    }

    private Node? Descend(TreeRoot tree, ReadOnlySpan<byte> key, bool allowIo)
    {
        Node? node = Load(tree.Reference, allowIo);
        while (node is { IsLeaf: false })
        {
            node = Load(node.Child(node.ChildFor(key)), allowIo);
        }

        return node;
    }

    private Node? Load(ReadOnlySpan<byte> reference, bool allowIo) =>
        allowIo ? nodes.Read(new NodeReference(reference)) : nodes.Cached(new NodeReference(reference));

    /// <summary>Three sorted sources as one; on equal keys the newest speaks and the others are skipped.</summary>
    private ref struct Merge(View view, TreeCursor tree, int active, int frozen)
    {
        private int active = active;
        private int frozen = frozen;

        public void Fill(ReadOnlySpan<byte> to, ScanPage page)
        {
            while (TryLowest(out ReadOnlySpan<byte> key) && (to.IsEmpty || key.SequenceCompareTo(to) < 0))
            {
                if (!TryAdd(key, page))
                {
                    return;
                }

                Skip(key);
            }

            page.MarkComplete();
        }

        private readonly bool TryLowest(out ReadOnlySpan<byte> lowest)
        {
            bool any = false;
            lowest = default;
            if (active != 0)
            {
                lowest = view.Active.Key(active);
                any = true;
            }

            if (frozen != 0 && (!any || view.Frozen!.Key(frozen).SequenceCompareTo(lowest) < 0))
            {
                lowest = view.Frozen!.Key(frozen);
                any = true;
            }

            if (!tree.AtEnd && (!any || tree.Key.SequenceCompareTo(lowest) < 0))
            {
                lowest = tree.Key;
                any = true;
            }

            return any;
        }

        private readonly bool TryAdd(ReadOnlySpan<byte> key, ScanPage page)
        {
            if (active != 0 && view.Active.Key(active).SequenceEqual(key))
            {
                return TryAdd(key, view.Active.Value(active), page);
            }

            return frozen != 0 && view.Frozen!.Key(frozen).SequenceEqual(key)
                ? TryAdd(key, view.Frozen.Value(frozen), page)
                : page.TryAdd(key, tree.Value, tree.Version);
        }

        private static bool TryAdd(ReadOnlySpan<byte> key, MemtableValue value, ScanPage page) =>
            value.IsTombstone || page.TryAdd(key, value.Bytes, value.Version);

        private void Skip(ReadOnlySpan<byte> key)
        {
            // The key may be the tree's own memory, so the tree moves last.
            if (active != 0 && view.Active.Key(active).SequenceEqual(key))
            {
                active = view.Active.Next(active);
            }

            if (frozen != 0 && view.Frozen!.Key(frozen).SequenceEqual(key))
            {
                frozen = view.Frozen.Next(frozen);
            }

            if (!tree.AtEnd && tree.Key.SequenceEqual(key))
            {
                tree.Next();
            }
        }
    }
}
