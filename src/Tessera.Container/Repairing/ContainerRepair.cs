using System.Security.Cryptography;
using Tessera.Container.Checking;
using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Remembering;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Container.Veiling;
using Tessera.Core.Stores;

namespace Tessera.Container.Repairing;

/// <summary>Opens a damaged container for writing, with what is left of it (docs/guide/checking.md, Repair).</summary>
/// <remarks>Everything readable is walked; then a session begins as with any open, and its first checkpoint writes a tree without the lost nodes, with both copies
/// of every other node whole and the free space told anew, in one root. Until that root is durable nothing the old one refers to is overwritten, so a repair
/// that is cut short leaves the volume as it was.</remarks>
public sealed class ContainerRepair
{
    private readonly IMedium medium;
    private readonly ContainerHeader header;
    private readonly SealingKeys keys;
    private readonly ContainerOptions options;
    private readonly CheckOptions checking;
    private readonly RootStore roots;
    private readonly ChainStore chains;
    private readonly CheckJournal journal;

    private ContainerRepair(IMedium medium, ContainerHeader header, SealingKeys keys, ContainerOptions options, CheckOptions checking)
    {
        this.medium = medium;
        this.header = header;
        this.keys = keys;
        this.options = options with { Decoys = 0 }; // What a damaged map calls free may hold what can still be saved: no more is written than must be.
        this.checking = checking;
        roots = new RootStore(medium, keys, header.Places);
        chains = new ChainStore(medium, keys);
        journal = new CheckJournal(checking);
    }

    /// <summary>Repairs the container and opens it for writing. The store owns the medium from then on, also when this throws.</summary>
    /// <param name="medium">Open for writing; nobody else has it.</param>
    /// <param name="volumeKey">Its key.</param>
    /// <param name="options">How the store is opened.</param>
    /// <param name="checking">Who owns blocks, progress and limits; blocks are not read.</param>
    /// <param name="report">What was found.</param>
    /// <exception cref="ContainerFormatException">It is beyond repair: no root opens, or no root's sessions or log map. Nothing was changed.</exception>
    /// <exception cref="MediumException">The medium failed, or has no room. The old root still counts.</exception>
    public static ContainerStore Open(IMedium medium, ReadOnlySpan<byte> volumeKey, ContainerOptions options, CheckOptions checking, out SalvageReport report)
    {
        SealingKeys? sealing = null;
        try
        {
            medium = VeiledMedium.Lift(medium, volumeKey);
            ContainerHeader own = ContainerHeader.Read(medium, forWriting: true);
            medium = ParityMedium.Over(medium, own);
            sealing = SealingKeys.Of(medium, own, volumeKey);
            return new ContainerRepair(medium, own, sealing, options, checking with { ReadBlocks = false }).Run(out report);
        }
        catch
        {
            sealing?.Dispose();
            medium.Dispose();
            throw;
        }
    }

    private ContainerStore Run(out SalvageReport report)
    {
        IReadOnlyList<RootRecord> found = roots.Find();
        if (found.Count == 0)
        {
            throw ContainerOpener.NoRoot();
        }

        var fixedCheck = new FixedCheck(medium, header.Places, journal);
        fixedCheck.CheckHeader();
        fixedCheck.CheckRoots(roots, found[0]);
        for (int i = 0; ; i++)
        {
            try
            {
                return Open(found[i], i == 0 ? 0 : found[0].Generation, out report);
            }
            catch (ContainerFormatException damage) when (damage.Fault == FormatFault.Damaged && i + 1 < found.Count)
            {
                journal.Add(new Finding(FindingKind.RootUnusable, FindingSeverity.DataLost, $"Generation {found[i].Generation} does not open: {damage.Message}"));
            }
        }
    }

    private ContainerStore Open(RootRecord root, ulong unusable, out SalvageReport report)
    {
        ContainerOpener.CheckOwner(root, options);
        var counter = new CounterGuard(options);
        counter.Check(root);
        GrowBack(root);
        uint groups = Math.Max(root.Groups, SpaceMap.GroupsWithin(medium.Length, root.SizeLimit));
        var ledger = new SlotLedger(journal, groups, medium.Parity);
        journal.TotalSlots = root.UsedSlots;
        ledger.ReachFixed(header.Places);
        var chainCheck = new ChainCheck(chains, ledger, journal);
        uint highestSession = SessionTable.Load(chainCheck.Read(root.Sessions, Purposes.Sessions), keys, root.IsOfKeyBefore);
        var ring = new LogRing(medium, chainCheck.ReadLogMap(root), root.Log.ExtentSlots);
        (SpaceChanges carried, ulong[] changesSlots) = ReadChanges(root, chainCheck, groups);

        SpaceMap? space = null;
        ContainerStore? store = null;
        NodeReader? nodes = null;
        space = new SpaceMap(medium, Placements.Create(header.Placement, header.StripeSlots, options.Random), root.SizeLimit, group => BitmapOf(ledger, store, nodes!, group)) { Places = header.Places };
        space.Load(new int[groups]);
        var log = new LogCheck(new BlockStore(medium, keys, space), groups);
        (long logEnd, ulong lastBeyond) = ReplayLog(root, ring, log);
        (TreeCheck tree, SpaceMapCheck spaceMap) = Walk(root, ledger, log);
        Tell(ledger, carried, log.Changes);

        var set = PartSet.Of(medium, keys);
        var cache = new NodeCache(options.NodeCacheBytes);
        nodes = new NodeReader(medium, keys, cache, () => Math.Max(space.Groups, groups));
        space.Load([.. Enumerable.Range(0, (int)groups).Select(group => new GroupBitmap(ledger.UsedPage((uint)group)).Free)]);
        KeyRange[] lost = [.. spaceMap.LostPages.SelectMany(page => LostPages.Decode(page)), .. tree.Lost];
        store = new ContainerStore(new ContainerParts(medium, header, keys, space, cache, nodes, chains, roots, set), options);
        var treeRoot = new TreeRoot(root.TreeHeight, root.Tree, tree.Leaves);
        store.AdoptSalvaged((root, treeRoot), (log.Table, log.LastSequence), changesSlots, new Salvage(ledger, tree.Hurt, lost, carried));
        report = Report(root, store, lost, lastBeyond, unusable);
        set?.Begin(root, []);
        counter.Count(store, binding => store.BeginWriting(ring, logEnd, highestSession + 1, RandomNumberGenerator.GetBytes(SealingKeys.SaltLength), binding));
        store.HealFixed();
        if (journal.Findings.Any(finding => finding.Kind == FindingKind.ChainCopyDamaged))
        {
            store.Rewrite([], chains: true);
        }

        return store;
    }

    /// <summary>A medium that was cut short gets its length back: what is missing is damaged then, and the rest in its place.</summary>
    private void GrowBack(RootRecord root)
    {
        long expected = SpaceMap.LengthOf(root.Groups, root.SizeLimit);
        if (medium.Length < expected)
        {
            FindingSeverity severity = medium.Parity is null ? FindingSeverity.DataLost : FindingSeverity.Repairable;
            journal.Add(new Finding(FindingKind.MediumCutShort, severity, $"The volume is cut short: it should have {expected} bytes and has {medium.Length}."));
            if (medium.Parity is { } parity)
            {
                parity.GrowBack(expected);
            }
            else
            {
                medium.Grow(expected);
            }
        }
    }

    /// <summary>Without them it is not known what was free; but free is what nothing reaches.</summary>
    private (SpaceChanges Changes, ulong[] Slots) ReadChanges(RootRecord root, ChainCheck chainCheck, uint groups)
    {
        var slots = new List<ulong>();
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            chains.ReadCopy(root.SpaceChanges, Purposes.SpaceChanges, copy, groups, slots.Add);
        }

        try
        {
            return (chainCheck.ReadSpaceChanges(root), [.. slots]);
        }
        catch (ContainerFormatException damage) when (damage.Fault == FormatFault.Damaged)
        {
            journal.Add(new Finding(FindingKind.SpaceMapWrong, FindingSeverity.Inconsistent, damage.Message));
            return (new SpaceChanges { Stripe = header.StripeSlots }, [.. slots]);
        }
    }

    private (long End, ulong LastBeyond) ReplayLog(RootRecord root, LogRing ring, LogCheck log)
    {
        long end = LogReplayer.ReplayWhole(log, ring, keys, root, out ulong lastBeyond);
        if (lastBeyond > 0)
        {
            journal.Add(new Finding(FindingKind.LogDamaged, FindingSeverity.DataLost, $"The log has a hole: commits after {Math.Max(root.Sequence, log.LastSequence)} are lost."));
        }

        return (end, lastBeyond);
    }

    private (TreeCheck Tree, SpaceMapCheck SpaceMap) Walk(RootRecord root, SlotLedger ledger, LogCheck log)
    {
        var space = new SpaceMap(medium, new LocalPlacement(), root.SizeLimit, _ => new byte[GroupBitmap.Size]) { Places = header.Places };
        space.Load(new int[ledger.Groups]);
        var blocks = new BlockCheck(new BlockStore(medium, keys, space), ledger, journal, checking, medium.Parity);
        var spaceMap = new SpaceMapCheck(ledger, journal);
        var nodes = new NodeReader(medium, keys, new NodeCache(0), () => ledger.Groups);
        var tree = new TreeCheck(nodes, log.Table, blocks, spaceMap, (ledger, journal));
        tree.Walk(new TreeRoot(root.TreeHeight, root.Tree, root.Leaves), root.Generation);
        return (tree, spaceMap);
    }

    private static void Tell(SlotLedger ledger, SpaceChanges carried, SpaceChanges logged)
    {
        foreach (SpaceChange change in carried.Runs)
        {
            // Given up is not free yet: the older root may refer to it.
            ledger.Tell(change with { Taken = true });
        }

        foreach (SpaceChange change in logged.Runs)
        {
            ledger.Tell(change with { Taken = true });
        }
    }

    /// <summary>What may not be allocated: all that was used when the repair began, and what has been since.</summary>
    private static byte[] BitmapOf(SlotLedger ledger, ContainerStore? store, NodeReader nodes, uint group)
    {
        byte[] page = group < ledger.Groups ? ledger.UsedPage(group) : new byte[GroupBitmap.Size];
        if (store is { IsSalvaging: false })
        {
            byte[] now = SpaceKeys.ReadBitmap(new MapReader(nodes), store.CurrentTree, group);
            for (int i = 0; i < page.Length; i++)
            {
                page[i] |= now[i];
            }
        }

        return page;
    }

    private SalvageReport Report(RootRecord root, ContainerStore store, IReadOnlyList<KeyRange> lost, ulong lastBeyond, ulong unusable) => new()
    {
        Generation = root.Generation,
        Findings = journal.Findings,
        MoreFindings = journal.More,
        Lost = lost,
        LastSequence = store.LastSequence,
        LostCommits = lastBeyond == 0 ? 0 : Math.Max(1, lastBeyond - Math.Min(lastBeyond, store.LastSequence)),
        UnusableGeneration = unusable,
    };
}
