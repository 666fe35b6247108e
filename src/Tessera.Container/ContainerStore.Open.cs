using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Remembering;
using Tessera.Container.Scrubbing;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>The store's part in opening: taking over a root, redoing the log, beginning a session.</summary>
public sealed partial class ContainerStore
{
    private GivenUpSlots? givenUp;

    internal TreeRoot CurrentTree => view.Tree;

    internal void Adopt(RootRecord root, TreeRoot tree, SpaceChanges changes, ulong[] changesSlots)
    {
        Root = root;
        view = new View(new Memtable(), null, tree);
        rootChanges = changes;
        rootChangesSlots = changesSlots;
        givenUp = new GivenUpSlots(changes);
        lastSequence = root.Sequence;
        logRoom.Adopt(root);
        foreach (SpaceChange change in changes.Runs)
        {
            if (change.Taken)
            {
                space.Restore(change.Address, change.Slots);
            }
        }
    }

    bool ILogTarget.VerifyBlock(BlockReference block)
    {
        space.AdoptGroup(SlotAddress.Group(block.Address));
        return blocks.Verify(block);
    }

    /// <summary>The log is redone: what it held was there to be read, and counts as durable.</summary>
    internal void EndReplay()
    {
        durableSequence = (long)lastSequence;
        rootChanges = givenUp!.WithoutClaimed(rootChanges);
        givenUp = null;
    }

    void ILogTarget.Redo(in LoggedOperation operation)
    {
        lastSequence = Math.Max(lastSequence, operation.Sequence);
        switch (operation.Kind)
        {
            case StagedCommits.Operation.Put:
                view.Active.Put(operation.Key, operation.Value, operation.Sequence);
                break;
            case StagedCommits.Operation.Delete:
                view.Active.Delete(operation.Key, operation.Sequence);
                break;
            case StagedCommits.Operation.Claim:
                BlockReference claimed = CheckRun(operation.Value);
                space.Restore(claimed.Address, BlockStore.SlotsOf(claimed.Length));
                epochChanges.Take(claimed.Address, BlockStore.SlotsOf(claimed.Length));
                givenUp!.Claim(claimed.Address, space.WholeRun(BlockStore.SlotsOf(claimed.Length)));
                break;
            case StagedCommits.Operation.Release:
                BlockReference released = CheckRun(operation.Value);
                epochChanges.GiveUp(released.Address, BlockStore.SlotsOf(released.Length));
                break;
            default:
                throw new ContainerFormatException(FormatFault.NewerFormat, $"The log holds an operation this program does not know ({operation.Kind}). Use a newer tessera.");
        }
    }

    /// <summary>Writes a root with the new session, so that its salt is durable; then a checkpoint, the first to seal under it, starts the log anew.</summary>
    internal void BeginWriting(LogRing ring, long logEnd, uint session, byte[] salt, CounterBinding? counter)
    {
        KeySwitch.Settle(medium, Header.Places, keys);
        roots.Complete(Root);
        SpaceChanges changes = space.NewChanges();
        changes.AddRange(rootChanges); // None in a salvaged store: what they told is in its bitmaps.
        chains.Read(Root.Sessions, Purposes.Sessions, space.Groups, slot => changes.GiveUp(slot, 1));
        Array.ForEach(rootChangesSlots, slot => changes.GiveUp(slot, 1));

        keys.AddSession(session, salt);
        ChainReference sessions = ChainWriter.Write(chains, space, changes, SessionTable.Encode(keys), Purposes.Sessions);
        ChainReference logMap = ChainRewriting.LogMapOf(Parts, Root, ring.Extents, changes);
        changes.Marks = set?.Table ?? [];
        ChainReference changesChain = WriteFirstChanges(changes, out ulong[] slots);
        medium.Flush();
        Root = Root.Begun(session, options.Host, counter) with
        {
            Groups = space.Groups,
            UsedSlots = Root.UsedSlots + changes.NetSlots - rootChanges.NetSlots,
            VolumeClock = RootMemory.ClockAfter(Root),
            Sessions = sessions,
            LogMap = logMap,
            SpaceChanges = changesChain,
        };
        roots.Write(Root);
        memory.Written(Root);
        rootChanges = changes;
        rootChangesSlots = slots;

        keys.BeginSession(session, salt);
        ring.Hide(placing);
        log = new LogWriter(ring, keys, new LogStart(LogRecord.NextSlot(logEnd), session, default, ring.ExtentSlots, ring.Extents.Length), logRoom.Moves);
        logRoom.Freeze(log);
        appendedSequence = (long)lastSequence;
        durableSequence = (long)lastSequence;
        Checkpoint();

        // Once more, so that both kept roots name the new log before the first commit: the older one must be able to bring every commit back.
        Checkpoint();
        if (fault is { } failure)
        {
            throw new IOException($"The volume cannot be opened for writing: {failure.Message}", failure);
        }

        KeySwitch.End(medium, Header.Places, keys, memory);
        StartBackground();
    }

    private BlockReference CheckRun(ReadOnlySpan<byte> encoded)
    {
        BlockReference block = BlockReference.Decode(encoded);
        space.AdoptGroup(SlotAddress.Group(block.Address));
        return block.Length is > 0 and <= StoreLimits.MaxBlock && SlotAddress.IsRun(block.Address, BlockStore.SlotsOf(block.Length), space.Groups)
            ? block
            : throw new ContainerFormatException(FormatFault.Damaged, "The log names a block outside the volume.");
    }
}
