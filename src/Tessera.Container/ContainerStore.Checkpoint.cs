using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Container.Scrubbing;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Checkpoints: the frozen table becomes part of the tree, and a new root says so (docs/format/container.md, Checkpoint).</summary>
public sealed partial class ContainerStore
{
    private readonly Lock checkpointGate = new();

    /// <summary>The changes the current root names: not yet folded into the bitmaps of its tree.</summary>
    private SpaceChanges rootChanges = new();
    private volatile SpaceChanges? mergingChanges;
    private ulong[] rootChangesSlots = [];
    private readonly LogRoom logRoom;

    /// <summary>Checkpoints completed since the open.</summary>
    public long Checkpoints { get; private set; }

    /// <summary>Puts everything committed so far into the tree and writes a root. One at a time; commits go on meanwhile.</summary>
    public void Checkpoint() => Checkpoint(clean: false);

    private void Checkpoint(bool clean)
    {
        using (Held.Enter(checkpointGate))
        {
            if (IsReadOnly)
            {
                return;
            }

            try
            {
                RunCheckpoint(clean);
                Checkpoints++;
            }
#pragma warning disable CA1031 // Half a checkpoint cannot be begun again: the frozen table would be lost. Whatever stopped it, nothing more may be written.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                TurnReadOnly(failure);
            }
            finally
            {
                NoteEnd();
            }
        }
    }

    /// <summary>Before the first node goes where another writer may have put one of its own, and again before the root makes it count.</summary>
    private void ThrowIfNotOurs()
    {
        if (!roots.IsStillOurs())
        {
            throw new MediumException("Another writer has changed this volume while it was mounted here. Nothing more is written; unmount it and find out who did.");
        }
    }

    /// <summary>Writes the root that there is once more, as the next one: nobody has committed anything, and a root is due.</summary>
    /// <remarks>What it says of the space is what the one before says, from the same tree on. What that gave up stays marked for a root longer.</remarks>
    private void RepeatRoot()
    {
        using (Held.Enter(checkpointGate))
        {
            try
            {
                pace?.AwaitRoot();
                if (stopping || IsReadOnly)
                {
                    return;
                }

                ThrowIfNotOurs();
                Root = Root with { Generation = Root.Generation + 1, VolumeClock = RootMemory.ClockAfter(Root) };
                roots.Write(Root);
                memory.Written(Root);
            }
#pragma warning disable CA1031 // As of a checkpoint: nothing more may be written.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                TurnReadOnly(failure);
            }
            finally
            {
                NoteEnd();
            }
        }
    }

    private void RunCheckpoint(bool clean)
    {
        ThrowIfNotOurs();
        LosePinsForCheckpoint();
        Frozen frozen = Freeze();
        if (fault is not null)
        {
            return;
        }

        ulong generation = Root.Generation + 1;
        View before = view;
        Action<View, Frozen> fold = salvage is null ? Fold : FoldSalvaged;
        fold(before, frozen);
        SpaceChanges changes = frozen.Changes;
        TreeRoot tree = new TreeMerger(nodes, nodeWriter, before.Frozen!, changes, generation) { Rewrites = salvage?.Rewrites ?? moves.TakeUnless(rewrites, space, before), DropsLost = salvage is not null }.Merge(before.Tree);
        nodeWriter.Finish();
        ulong[]? logExtents = salvage is null ? logRoom.Move(log!, frozen.LogStart.Position, space, changes) : null;
        RootRecord next = rewritesChains ? ChainRewriting.Rewrite(Parts, Root, logExtents ?? log!.Extents, changes)
            : logExtents is not null ? ChainRewriting.Move(Parts, Root, logExtents, changes)
            : Root;
        ulong[] oldSlots = rootChangesSlots;
        ChainReference changesChain = WriteChanges(changes, oldSlots, generation, out ulong[] newSlots);

        using (Held.Enter(durableGate))
        {
            // The log's tail and every block it names become durable with the nodes, in one flush.
            MakeDurableLocked(flush: true);
        }

        pace?.AwaitRoot();
        ThrowIfNotOurs();
        Root = next with
        {
            Generation = generation,
            Clean = clean,
            Sequence = frozen.Sequence,
            Groups = space.Groups,
            SizeLimit = space.PromisedLimit,
            UsedSlots = Root.UsedSlots + changes.NetSlots,
            Leaves = tree.Leaves,
            VolumeClock = RootMemory.ClockAfter(Root),
            Log = frozen.LogStart,
            Session = keys.CurrentSession,
            SpaceChanges = changesChain,
            TreeHeight = tree.Height,
            Tree = tree.Reference,
        };
        roots.Write(Root);
        memory.Written(Root);
        salvage = null;
        if (!pins.Needs(generation - 1))
        {
            HostSpace.GiveBack(medium, rootChanges);
        }

        pins.Settle(rootChanges, generation - 1, () =>
        {
            view = new View(before.Active, null, tree);
            rootChanges = changes;
            mergingChanges = null;
        });
        blockFloor = frozen.BlockFloor;
        rootChangesSlots = newSlots;
        log!.Move(logExtents);
        logRoom.Written(frozen.LogStart);
    }

    /// <summary>Sets the active table and its space changes aside, at a point between two records.</summary>
    private Frozen Freeze()
    {
        using (Held.Enter(logGate))
        {
            while (true)
            {
                AppendStaged();
                using (Held.Enter(commitGate))
                {
                    if (!staged.IsEmpty && fault is null)
                    {
                        continue; // Somebody staged in between: its record belongs before the freeze.
                    }

                    var frozen = new Frozen(epochChanges, lastSequence, log!.StartHere(), unclaimed.Floor(Root.Generation + 1));
                    epochChanges = space.NewChanges();
                    mergingChanges = frozen.Changes; // In this order: who sums them up may miss slots for a moment, and never counts them twice.
                    view = new View(new Memtable(), view.Active, view.Tree);
                    logRoom.Freeze(log);
                    return frozen;
                }
            }
        }
    }

    private void Fold(View seen, Frozen frozen) => SpaceFolding.Put(seen.Frozen!, rootChanges, reader, seen.Tree, frozen.Sequence);

    /// <summary>Writes the chain of space changes; the slots of the last one are given up.</summary>
    private ChainReference WriteChanges(SpaceChanges changes, ReadOnlySpan<ulong> oldSlots, ulong generation, out ulong[] newSlots)
    {
        foreach (ulong old in oldSlots)
        {
            changes.GiveUp(old, 1);
        }

        return PartSet.WriteChanges(set, generation, Parts, changes, out newSlots);
    }

    /// <summary>A checkpoint must never fail for what a backup holds back.</summary>
    private void LosePinsForCheckpoint()
    {
        if (pins.KeptSlots > 0 && space.FreeSlots + space.GrowableSlots < CheckpointNeed.Of(view) * space.NeedFactor)
        {
            pins.Lose();
        }
    }

    private sealed record Frozen(SpaceChanges Changes, ulong Sequence, LogStart LogStart, ulong BlockFloor);
}
