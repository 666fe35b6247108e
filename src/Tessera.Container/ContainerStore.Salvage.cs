using Tessera.Container.Format;
using Tessera.Container.Repairing;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>The store's part in a repair: a tree with lost nodes is taken over, and the first checkpoint leaves them out, tells the free space anew from
/// what was reached, and notes what is lost until the repair is finished.</summary>
public sealed partial class ContainerStore
{
    private Salvage? salvage;

    /// <summary>The free space map in the tree is not to be trusted yet.</summary>
    internal bool IsSalvaging => salvage is not null;

    /// <summary>What a repair has found lost and not dealt with yet.</summary>
    /// <exception cref="ContainerFormatException">The note makes no sense.</exception>
    public IReadOnlyList<KeyRange> LostRanges => LostNote.Read(this);

    /// <summary>A repair was begun and not finished: holes where bytes are lost would read as zeros.</summary>
    internal bool IsRepairUnfinished => Get(SpaceKeys.Lost(0), default).Found;

    /// <summary>What was lost has been dealt with: the note of it goes.</summary>
    public ValueTask ForgetLostAsync() => LostNote.ForgetAsync(this);

    internal void AdoptSalvaged((RootRecord Root, TreeRoot Tree) found, (Memtable Table, ulong Sequence) log, ulong[] changesSlots, Salvage salvaged)
    {
        Root = found.Root;
        view = new View(log.Table, null, found.Tree);
        rootChangesSlots = changesSlots;
        lastSequence = Math.Max(found.Root.Sequence, log.Sequence);
        durableSequence = (long)lastSequence;
        logRoom.Adopt(found.Root);
        salvage = salvaged;
    }

    /// <summary>Writes the changes of the root that begins a session. That root has the old tree, and so, in a repair, needs its changes too.</summary>
    private ChainReference WriteFirstChanges(SpaceChanges changes, out ulong[] slots)
    {
        if (salvage is null)
        {
            return ChainWriter.WriteChanges(chains, space, changes, close: null, out slots);
        }

        SpaceChanges all = space.NewChanges();
        all.AddRange(salvage.Carried);
        all.AddRange(changes);
        all.Marks = changes.Marks;
        ChainReference chain = ChainWriter.WriteChanges(chains, space, all, close: null, out slots);
        foreach (ulong slot in slots)
        {
            changes.Take(slot, 1);
        }

        return chain;
    }

    /// <summary>Every bitmap and free count, from what was reached and what the session's root changed since; and the note of what is lost.</summary>
    private void FoldSalvaged(View seen, Frozen frozen) =>
        Root = Root with { UsedSlots = SalvagedSpace.Put(seen.Frozen!, salvage!, rootChanges, space.Groups, frozen.Sequence) };
}
