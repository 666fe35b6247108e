using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container.Scrubbing;

/// <summary>Reads both copies of the nodes of one root, and the blocks its entries own, from a key on, past the caches.</summary>
internal sealed class TreeScrub(ContainerStore store, ScrubOptions options, ScrubJournal journal, ReadPace pace)
{
    private readonly NodeReader nodes = store.Parts.Nodes;
    private readonly AlignedBuffer block = new(BlockStore.MaxSlots * Geometry.SlotSize);
    private readonly HashSet<ulong> damaged = [];
    private SlotSet seen = new();
    private byte[] from = [];
    private RootPin? held;
    private long until;

    public long Nodes { get; private set; }

    public long Blocks { get; private set; }

    /// <summary>Slots that were damaged or lost and were written anew out of the others of their stripes.</summary>
    public long MendedSlots { get; private set; }

    /// <summary>Walks from a key on until the segment is used up, or enough waits to be healed.</summary>
    /// <returns>The key to go on from; null at the end of the tree. When the pin was lost meanwhile nothing was noted, for it may be no damage.</returns>
    public byte[]? Walk(RootPin pin, byte[] start)
    {
        from = start;
        held = pin;
        seen = new SlotSet();
        until = pace.Bytes + options.SegmentBytes;
        int before = journal.Kept;
        try
        {
            return pin.Tree.IsEmpty ? null : Visit(new NodeReference(pin.Tree.Reference), [], upper: null);
        }
        finally
        {
            held = null;
            if (!pin.IsHeld)
            {
                journal.ForgetFrom(before);
            }
        }
    }

    /// <summary>Reads the blocks of entries that no tree holds yet.</summary>
    public void Visit(Memtable newer)
    {
        for (int at = newer.Seek(SpaceKeys.End); at != 0; at = newer.Next(at))
        {
            MemtableValue value = newer.Value(at);
            if (!value.IsTombstone)
            {
                VisitEntry(newer.Key(at), value.Bytes);
            }
        }
    }

    /// <summary>Whether every node on the way to a key has two whole copies.</summary>
    public bool IsWayWhole(RootPin pin, byte[] way)
    {
        byte[]? at = pin.Tree.IsEmpty ? null : pin.Tree.Reference;
        while (at is not null)
        {
            var reference = new NodeReference(at);
            Node? first = nodes.TryReadCopy(reference, 0);
            if (first is null || nodes.TryReadCopy(reference, 1) is null)
            {
                return false;
            }

            at = first.IsLeaf ? null : first.Child(first.ChildFor(way)).ToArray();
        }

        return true;
    }

    private byte[]? Visit(NodeReference reference, byte[] lower, byte[]? upper)
    {
        Nodes++;
        if (ReadBoth(reference, lower) is not { } node)
        {
            return null;
        }

        if (node.IsLeaf)
        {
            VisitLeaf(node);
            bool isEnough = pace.Bytes >= until || journal.WaysWaiting >= ContainerStore.MaxRewrites;
            return isEnough ? upper : null;
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

    private void VisitLeaf(Node leaf)
    {
        for (int i = leaf.Seek(from); i < leaf.Count; i++)
        {
            if (leaf.Key(i).SequenceCompareTo(SpaceKeys.End) >= 0)
            {
                VisitEntry(leaf.Key(i), leaf.Value(i));
            }
        }
    }

    private Node? ReadBoth(NodeReference reference, byte[] lower)
    {
        Node? first = nodes.TryReadCopy(reference, 0);
        Node? second = nodes.TryReadCopy(reference, 1);
        pace.Add(Geometry.Copies * reference.Slots * (long)Geometry.SlotSize, journal.Count);
        if (first is not null && second is not null)
        {
            MendNode(reference, lower);
            return first;
        }

        string key = Convert.ToHexString(lower);
        if (first is null && second is null)
        {
            // A copy may live on in memory: then it is as good as one on the medium.
            Node? cached = nodes.Cached(reference);
            string what = $"Both copies of a tree node of level {reference.Level} are damaged (addresses {reference.Placement(0, 0):x} and {reference.Placement(1, 0):x}).";
            journal.Add(new Finding(FindingKind.NodeLost, FindingSeverity.DataLost, what, reference.Placement(0, 0), key), cached is null ? null : lower);
            return cached;
        }

        int copy = first is null ? 0 : 1;
        string damage = $"Copy {(copy == 0 ? 'A' : 'B')} of a tree node of level {reference.Level} is damaged.";
        journal.Add(new Finding(FindingKind.NodeCopyDamaged, FindingSeverity.Repairable, damage, reference.Placement(copy, 0), key), lower);
        return first ?? second;
    }

    private void MendNode(NodeReference reference, byte[] lower)
    {
        byte[] encoded = reference.Bytes.ToArray();
        for (int i = 0; i < Geometry.Copies; i++)
        {
            int copy = i;
            Mend(reference.Placement(copy, 0), Convert.ToHexString(lower), write => nodes.Mend(new NodeReference(encoded), copy, write));
        }
    }

    /// <summary>Looks at all slots of a stripe, and writes those anew that are damaged, in their places: nobody is given them while the root is held.</summary>
    private void Mend(ulong address, string key, Func<bool, int> mend)
    {
        if (store.Parts.Medium.Parity is null || mend(false) is not (> 0 and var damaged))
        {
            return;
        }

        if (!store.IsReadOnly && held is { Among: { } pins } pin && pins.TryWhileHeld(pin, () => mend(true)) && mend(false) == 0)
        {
            MendedSlots += damaged; // Counted, not listed: a file that was lost is a slot of nearly every stripe.
        }
        else
        {
            journal.Add(StripeDamage(damaged, address, key));
        }
    }

    /// <summary>The finding for slots of a stripe that parity makes good.</summary>
    internal static Finding StripeDamage(int damaged, ulong address, string? key) => new(
        FindingKind.StripeDamaged, FindingSeverity.Repairable, $"{damaged} of the slots of a stripe are damaged or lost (address {address:x}); parity makes them good.", address, key);

    private void VisitEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!options.Blocks(key, value, out BlockReference owned))
        {
            return;
        }

        if (!seen.Add(owned.Address))
        {
            // Read for another entry of this segment; what is damaged is damaged for this one too.
            _ = damaged.Contains(owned.Address) && journal.Add(Damaged(owned, key, "A unit of it does not authenticate."));
            return;
        }

        Blocks++;
        int slots = BlockStore.SlotsOf(Math.Min(owned.Length, StoreLimits.MaxBlock));
        try
        {
            store.Blocks.ReadStored(owned, block.Span[..(slots * Geometry.SlotSize)]);
            Mend(owned.Address, Convert.ToHexString(key), write => store.Parts.Medium.Parity!.Mend(SlotAddress.Offset(owned.Address), block.Span[..(slots * Geometry.SlotSize)], write));
        }
        catch (StoreDamageException damage)
        {
            if (journal.Add(Damaged(owned, key, damage.Message)))
            {
                damaged.Add(owned.Address);
            }
        }

        pace.Add(slots * (long)Geometry.SlotSize, journal.Count);
    }

    private static Finding Damaged(BlockReference block, ReadOnlySpan<byte> key, string what) =>
        new(FindingKind.BlockDamaged, FindingSeverity.DataLost, what, block.Address, Convert.ToHexString(key));
}
