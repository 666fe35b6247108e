using Tessera.Container.Format;
using Tessera.Container.Scrubbing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container.Checking;

/// <summary>Walks a tree in key order, one node a level in memory: both copies of every node, its place, its bounds, its entries.</summary>
internal sealed class TreeCheck
{
    private readonly NodeReader nodes;
    private readonly SlotLedger ledger;
    private readonly CheckJournal journal;
    private readonly Memtable newer;
    private readonly BlockCheck blocks;
    private readonly SpaceMapCheck spaceMap;

    /// <param name="nodes">Reads nodes.</param>
    /// <param name="newer">What the log says: it speaks before the tree.</param>
    /// <param name="blocks">Takes the engine's entries.</param>
    /// <param name="spaceMap">Takes the container's own.</param>
    /// <param name="books">Ledger and journal.</param>
    public TreeCheck(NodeReader nodes, Memtable newer, BlockCheck blocks, SpaceMapCheck spaceMap, (SlotLedger Ledger, CheckJournal Journal) books)
    {
        this.nodes = nodes;
        this.newer = newer;
        this.blocks = blocks;
        this.spaceMap = spaceMap;
        (ledger, journal) = books;
    }

    public long Nodes { get; private set; }

    public long Leaves { get; private set; }

    /// <summary>The first keys of nodes with a damaged copy, or without any, in ascending order: the way to each is what a repair writes anew.</summary>
    public List<byte[]> Hurt { get; } = [];

    /// <summary>Keys below nodes of which no copy can be read, in ascending order.</summary>
    public List<KeyRange> Lost { get; } = [];

    public void Walk(TreeRoot tree, ulong generation)
    {
        if (!tree.IsEmpty)
        {
            Visit(tree.Reference, new Bounds(tree.Height - 1, [], Upper: null, generation));
        }

        for (int at = newer.Seek(SpaceKeys.End); at != 0; at = newer.Next(at))
        {
            MemtableValue value = newer.Value(at);
            if (!value.IsTombstone)
            {
                blocks.Visit(newer.Key(at), value.Bytes);
            }
        }
    }

    private void Visit(byte[] encoded, in Bounds bounds)
    {
        var reference = new NodeReference(encoded);
        string key = Convert.ToHexString(bounds.Lower);
        if (!reference.IsValid(ledger.Groups))
        {
            journal.Add(new Finding(FindingKind.NodeLost, FindingSeverity.DataLost, $"A reference to a node of level {bounds.Level} makes no sense.", null, key));
            return;
        }

        Nodes++;
        Leaves += bounds.Level == 0 ? 1 : 0;
        int slots = reference.SingleSlots ? 1 : reference.Slots;
        for (int i = 0; i < Geometry.Copies * reference.PlacementsPerCopy; i++)
        {
            ledger.Reach(reference.Placement(0, i), slots, "a tree node", key);
        }

        if (ReadBoth(reference, key, bounds) is { } node && IsWellFormed(node, reference, bounds, key))
        {
            VisitEntries(node, bounds);
        }
    }

    private Node? ReadBoth(NodeReference reference, string key, in Bounds bounds)
    {
        Node? first = nodes.TryReadCopy(reference, 0);
        Node? second = nodes.TryReadCopy(reference, 1);
        if (first is null || second is null)
        {
            Hurt.Add(bounds.Lower);
        }

        if (first is null && second is null)
        {
            Lost.Add(new KeyRange(bounds.Lower, bounds.Upper));
            journal.Add(new Finding(
                FindingKind.NodeLost,
                FindingSeverity.DataLost,
                $"Both copies of a tree node of level {reference.Level} are damaged (addresses {reference.Placement(0, 0):x} and {reference.Placement(1, 0):x}): the keys below it are lost.",
                reference.Placement(0, 0),
                key));
        }
        else if (first is null || second is null)
        {
            int copy = first is null ? 0 : 1;
            journal.Add(new Finding(
                FindingKind.NodeCopyDamaged,
                FindingSeverity.Repairable,
                $"Copy {(copy == 0 ? 'A' : 'B')} of a tree node of level {reference.Level} is damaged.",
                reference.Placement(copy, 0),
                key));
        }

        else
        {
            NoteStripes(reference, key);
        }

        return first ?? second;
    }

    private void NoteStripes(NodeReference reference, string key)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (nodes.Mend(reference, copy, write: false) is > 0 and var damaged)
            {
                journal.Add(TreeScrub.StripeDamage(damaged, reference.Placement(copy, 0), key));
            }
        }
    }

    /// <summary>The rules the tree's readers rely on: level, birth (a parent is never older than its child), order, bounds.</summary>
    private bool IsWellFormed(Node node, NodeReference reference, in Bounds bounds, string key)
    {
        string? broken = null;
        if (node.Level != bounds.Level || reference.Level != bounds.Level)
        {
            broken = $"it should be of level {bounds.Level} and is of level {node.Level}";
        }
        else if (node.Birth != reference.Birth || node.Birth > bounds.Birth)
        {
            broken = $"its birth is generation {node.Birth}, its reference says {reference.Birth}, its parent was born in {bounds.Birth}";
        }
        else if (node.Count == 0)
        {
            broken = "it is empty";
        }
        else if (node.Key(0).SequenceCompareTo(bounds.Lower) < 0 || (bounds.Upper is { } upper && node.Key(node.Count - 1).SequenceCompareTo(upper) >= 0))
        {
            broken = "its keys leave the bounds its parent gives";
        }

        for (int i = 1; broken is null && i < node.Count; i++)
        {
            broken = node.Key(i - 1).SequenceCompareTo(node.Key(i)) >= 0 ? "its keys are out of order" : null;
        }

        if (broken is not null)
        {
            journal.Add(new Finding(FindingKind.NodeMalformed, FindingSeverity.DataLost, $"A tree node breaks a rule: {broken}.", reference.Placement(0, 0), key));
        }

        return node.Level == bounds.Level;
    }

    private void VisitEntries(Node node, in Bounds bounds)
    {
        for (int i = 0; i < node.Count; i++)
        {
            if (!node.IsLeaf)
            {
                byte[]? upper = i + 1 < node.Count ? node.Key(i + 1).ToArray() : bounds.Upper;
                Visit(node.Child(i).ToArray(), new Bounds(bounds.Level - 1, node.Key(i).ToArray(), upper, node.Birth));
            }
            else if (newer.Find(node.Key(i)) != 0)
            {
                continue; // The log has a newer value, or says that it is deleted.
            }
            else if (node.Key(i).SequenceCompareTo(SpaceKeys.End) < 0)
            {
                spaceMap.Visit(node.Key(i), node.Value(i));
            }
            else
            {
                blocks.Visit(node.Key(i), node.Value(i));
            }
        }
    }

    /// <summary>What a parent says of a child: level, keys from <see cref="Lower"/> to before <see cref="Upper"/>, the latest birth it can have.</summary>
    private readonly record struct Bounds(int Level, byte[] Lower, byte[]? Upper, ulong Birth);
}
