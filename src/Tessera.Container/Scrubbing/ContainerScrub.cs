using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;

namespace Tessera.Container.Scrubbing;

/// <summary>Finds latent damage in a container that is open and goes on working: reads both copies of everything kept twice, and every block, at a
/// bounded rate, and heals what has one whole copy left (docs/guide/checking.md, Scrub).</summary>
/// <remarks>The newest root is pinned for a segment at a time, so that nothing it refers to is reused while it is read. Memory: the findings, one path of
/// nodes, one block. The log is not read: what it holds is in the root, and opening reads it.</remarks>
public sealed class ContainerScrub
{
    /// <summary>Pins lost one after the other before a scrub gives up: the volume is too full to hold anything back.</summary>
    private const int MaxLostPins = 16;
    private static readonly FindingKind[] FixedKinds =
        [FindingKind.HeaderCopyDamaged, FindingKind.HeaderCopiesDiffer, FindingKind.RootCopyDamaged, FindingKind.OlderRootDamaged];

    private readonly ContainerStore store;
    private readonly ScrubOptions options;
    private readonly ScrubJournal journal;
    private readonly ReadPace pace;
    private readonly TreeScrub tree;
    private int lostPins;

    private ContainerScrub(ContainerStore store, ScrubOptions options)
    {
        this.store = store;
        this.options = options;
        journal = new ScrubJournal(options.MaxFindings);
        pace = new ReadPace(options, store.Root.UsedSlots * Geometry.SlotSize);
        tree = new TreeScrub(store, options, journal, pace);
    }

    /// <summary>Scrubs, on the calling thread.</summary>
    /// <returns>What was found, also when it was cancelled.</returns>
    /// <exception cref="MediumException">A fault has turned the store read-only, or its volume is too full to be scrubbed while it changes.</exception>
    public static ScrubReport Run(ContainerStore store, ScrubOptions options)
    {
        var scrub = new ContainerScrub(store, options);
        bool isComplete = true;
        try
        {
            scrub.Scrub();
        }
        catch (OperationCanceledException) when (options.Cancellation.IsCancellationRequested)
        {
            isComplete = false;
        }

        return scrub.Report(isComplete);
    }

    private void Scrub()
    {
        ScrubFixed();
        byte[]? next = [];
        bool isFirst = true;
        while (next is not null)
        {
            using (RootPin pin = store.HoldRoot())
            {
                if (isFirst)
                {
                    ScrubChains(pin.Root);
                }

                byte[]? after = tree.Walk(pin, next);
                if (!pin.IsHeld)
                {
                    NoteLostPin();
                    continue;
                }

                isFirst = false;
                lostPins = 0;
                next = after;
            }

            HealNodes();
        }

        if (store.IsReadOnly)
        {
            // Nobody changes these; in a store that writes, what no root holds yet is seconds old, and its blocks may be given up while they are read.
            tree.Visit(store.NewerEntries);
        }

        pace.Tell(journal.Count);
    }

    private void ScrubFixed()
    {
        IReadOnlyList<Finding> found = CheckFixed();
        foreach (Finding finding in found)
        {
            journal.Add(finding);
        }

        if (found.Count > 0 && !store.IsReadOnly)
        {
            store.HealFixed();
            journal.Heal(FixedKinds, CheckFixed());
        }
    }

    private IReadOnlyList<Finding> CheckFixed()
    {
        var found = new CheckJournal(new CheckOptions());
        store.CheckFixed(found);
        return found.Findings;
    }

    /// <summary>The sessions and the log map are written anew when a copy is damaged; the space changes are by every checkpoint.</summary>
    private void ScrubChains(RootRecord root)
    {
        IReadOnlyList<Finding> found = CheckChains(root);
        foreach (Finding finding in found)
        {
            journal.Add(finding);
        }

        if (found.Count > 0 && store.Rewrite([], chains: true))
        {
            journal.Heal([FindingKind.ChainCopyDamaged, FindingKind.StripeDamaged], CheckChains(store.Root));
        }
    }

    private List<Finding> CheckChains(RootRecord root)
    {
        var found = new List<Finding>();
        foreach ((ChainReference chain, string purpose) in
            new[] { (root.Sessions, Purposes.Sessions), (root.LogMap, Purposes.LogMap), (root.SpaceChanges, Purposes.SpaceChanges) })
        {
            for (int copy = 0; copy < Geometry.Copies && !chain.IsNone; copy++)
            {
                ulong at = 0;
                if (store.Parts.Chains.ReadCopy(chain, purpose, copy, root.Groups, slot => at = slot) is null)
                {
                    string what = $"Copy {(copy == 0 ? 'A' : 'B')} of a chain ({purpose}) is damaged at address {at:x}.";
                    found.Add(new Finding(FindingKind.ChainCopyDamaged, FindingSeverity.Repairable, what, at));
                }
                else if (store.Parts.Chains.CountDamaged(chain, purpose, copy, root.Groups) is > 0 and var damaged)
                {
                    found.Add(TreeScrub.StripeDamage(damaged, copy == 0 ? chain.AddressA : chain.AddressB, key: null));
                }
            }
        }

        return found;
    }

    private void HealNodes()
    {
        for (byte[][] ways = journal.TakeWays(); ways.Length > 0; ways = journal.TakeWays())
        {
            if (!store.Rewrite(ways, chains: false))
            {
                return;
            }

            using RootPin pin = store.HoldRoot();
            journal.Heal(way => tree.IsWayWhole(pin, way));
        }
    }

    private void NoteLostPin()
    {
        options.Cancellation.ThrowIfCancellationRequested();
        if (++lostPins == MaxLostPins)
        {
            throw new MediumException(MediumFault.NoSpace, "The volume is too full to be scrubbed while it is written to. Make room in it, and try again.");
        }
    }

    private ScrubReport Report(bool isComplete) => new()
    {
        Findings = journal.Report(),
        MoreFindings = journal.More,
        IsComplete = isComplete,
        Bytes = pace.Bytes,
        ExpectedBytes = Math.Max(pace.Bytes, pace.ExpectedBytes),
        Nodes = tree.Nodes,
        Blocks = tree.Blocks,
        MendedSlots = tree.MendedSlots,
    };
}
