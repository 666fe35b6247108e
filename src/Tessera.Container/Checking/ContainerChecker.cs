using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Container.Veiling;
using Tessera.Core.Stores;

namespace Tessera.Container.Checking;

/// <summary>Checks a container that nobody has open: every copy of everything, and that free space and use agree to the slot. Writes nothing.</summary>
public sealed class ContainerChecker
{
    private readonly IMedium medium;
    private readonly CheckOptions options;
    private readonly SealingKeys keys;
    private readonly FixedPlaces places;
    private readonly RootStore roots;
    private readonly CheckJournal journal;

    private ContainerChecker(IMedium medium, SealingKeys keys, FixedPlaces places, CheckOptions options)
    {
        this.medium = medium;
        this.keys = keys;
        this.places = places;
        this.options = options;
        roots = new RootStore(medium, keys, places);
        journal = new CheckJournal(options);
    }

    /// <summary>Checks a container; the medium stays the caller's, who keeps writers away.</summary>
    /// <exception cref="ContainerFormatException">It is no container, of a newer format, or no root opens under this key.</exception>
    /// <exception cref="OperationCanceledException">The caller wanted no more.</exception>
    public static CheckReport Check(IMedium medium, ReadOnlySpan<byte> volumeKey, CheckOptions options)
    {
        IMedium lifted = VeiledMedium.Lift(medium, volumeKey);
        try
        {
            ContainerHeader header = ContainerHeader.Read(lifted, forWriting: false);
            using var sealing = SealingKeys.Of(lifted, header, volumeKey);
            IMedium striped = ParityMedium.Over(lifted, header);
            try
            {
                return new ContainerChecker(striped, sealing, header.Places, options).Run();
            }
            finally
            {
                (striped as ParityMedium)?.Leave();
            }
        }
        finally
        {
            (lifted as VeiledMedium)?.Leave();
        }
    }

    private CheckReport Run()
    {
        IReadOnlyList<RootRecord> found = roots.Find();
        if (found.Count == 0)
        {
            throw ContainerOpener.NoRoot();
        }

        var fixedCheck = new FixedCheck(medium, places, journal);
        fixedCheck.CheckHeader();
        fixedCheck.CheckRoots(roots, found[0]);
        foreach (RootRecord root in found)
        {
            try
            {
                return CheckRoot(root);
            }
            catch (ContainerFormatException damage) when (damage.Fault == FormatFault.Damaged)
            {
                journal.Add(new Finding(
                    FindingKind.RootUnusable, FindingSeverity.DataLost, $"Generation {root.Generation} does not open: {damage.Message}", SlotOf(root)));
            }
        }

        return Report(0, null, null, 0);
    }

    private CheckReport CheckRoot(RootRecord root)
    {
        PartSet.Of(medium, keys)?.CheckAhead(roots, root);
        uint groups = GroupsOf(root);
        var ledger = new SlotLedger(journal, groups, medium.Parity);
        journal.TotalSlots = root.UsedSlots;
        ledger.ReachFixed(places);

        var chains = new ChainCheck(new ChainStore(medium, keys), ledger, journal);
        SessionTable.Load(chains.Read(root.Sessions, Purposes.Sessions), keys, root.IsOfKeyBefore);
        ulong[] logMap = chains.ReadLogMap(root);
        SpaceChanges changes = chains.ReadSpaceChanges(root);
        PartSet.Of(medium, keys)?.Check(root, changes.Marks);

        var space = new SpaceMap(medium, new LocalPlacement(), root.SizeLimit, _ => new byte[GroupBitmap.Size]) { Places = places };
        space.Load(new int[groups]);
        var blockStore = new BlockStore(medium, keys, space);
        LogCheck log = ReplayLog(root, logMap, new LogCheck(blockStore, groups));

        var blocks = new BlockCheck(blockStore, ledger, journal, options, medium.Parity);
        var spaceMap = new SpaceMapCheck(ledger, journal);
        var nodes = new NodeReader(medium, keys, new NodeCache(0), () => groups);
        var tree = new TreeCheck(nodes, log.Table, blocks, spaceMap, (ledger, journal));
        tree.Walk(new TreeRoot(root.TreeHeight, root.Tree, root.Leaves), root.Generation);
        spaceMap.Compare();
        CompareSpace(root, ledger, changes, log.Changes);
        CompareLeaves(root, tree.Leaves);
        journal.Finish();
        return Report(root.Generation, tree, blocks, ledger.ReachedSlots);
    }

    private LogCheck ReplayLog(RootRecord root, ulong[] map, LogCheck log)
    {
        try
        {
            LogReplayer.Replay(log, new LogRing(medium, map, root.Log.ExtentSlots), keys, root);
        }
        catch (ContainerFormatException damage) when (damage.Fault == FormatFault.Damaged)
        {
            journal.Add(new Finding(FindingKind.LogDamaged, FindingSeverity.DataLost, damage.Message));
            log.Forget();
        }

        return log;
    }

    /// <summary>Bitmaps, then the root's changes, then the log's claims and releases must tell exactly what was reached.</summary>
    private void CompareSpace(RootRecord root, SlotLedger ledger, SpaceChanges changes, SpaceChanges logged)
    {
        foreach (SpaceChange change in changes.Runs)
        {
            ledger.Tell(change);
        }

        if (!journal.IsViewPartial && ledger.ToldSlots != root.UsedSlots)
        {
            journal.Add(new Finding(
                FindingKind.RootCountWrong, FindingSeverity.Inconsistent, $"The root counts {root.UsedSlots} used slots, the free space map {ledger.ToldSlots}.", SlotOf(root)));
        }

        foreach (SpaceChange change in logged.Runs)
        {
            ledger.Tell(change);
        }

        ledger.Compare();
    }

    private void CompareLeaves(RootRecord root, long leaves)
    {
        if (!journal.IsViewPartial && leaves != root.Leaves)
        {
            journal.Add(new Finding(FindingKind.RootCountWrong, FindingSeverity.Inconsistent, $"The root counts {root.Leaves} leaves, the tree has {leaves}.", SlotOf(root)));
        }
    }

    /// <summary>The log may name blocks in groups that were added after the root was written.</summary>
    private uint GroupsOf(RootRecord root) =>
        Math.Max(root.Groups, SpaceMap.GroupsWithin(medium.Length, root.SizeLimit));

    private ulong SlotOf(RootRecord root) => SlotAddress.Of(0, (int)(places.RootOffset(0, root.Generation) / Geometry.SlotSize));

    private CheckReport Report(ulong generation, TreeCheck? tree, BlockCheck? blocks, long usedSlots) => new()
    {
        Generation = generation,
        Findings = journal.Findings,
        MoreFindings = journal.More,
        IsDataLost = journal.IsDataLost,
        Nodes = tree?.Nodes ?? 0,
        Entries = blocks?.Entries ?? 0,
        Blocks = blocks?.Blocks ?? 0,
        UsedSlots = usedSlots,
    };
}
