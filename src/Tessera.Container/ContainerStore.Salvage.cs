using System.Buffers.Binary;
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
    public IReadOnlyList<KeyRange> LostRanges => [.. ReadLostPages().SelectMany(page => LostPages.Decode(page))];

    /// <summary>A repair was begun and not finished: holes where bytes are lost would read as zeros.</summary>
    internal bool IsRepairUnfinished => Get(SpaceKeys.Lost(0), default).Found;

    /// <summary>What was lost has been dealt with: the note of it goes.</summary>
    public async ValueTask ForgetLostAsync()
    {
        var batch = new StoreBatch { MayUseReserve = true };
        for (uint page = 0; Get(SpaceKeys.Lost(page), default).Found; page++)
        {
            batch.Delete(SpaceKeys.Lost(page));
        }

        if (batch.Count > 0 && (await CommitAsync(batch)).Status != CommitStatus.Committed)
        {
            throw new IOException("The end of the repair could not be noted.", fault);
        }
    }

    internal void AdoptSalvaged((RootRecord Root, TreeRoot Tree) found, (Memtable Table, ulong Sequence) log, ulong[] changesSlots, Salvage salvaged)
    {
        Root = found.Root;
        view = new View(log.Table, null, found.Tree);
        rootChangesSlots = changesSlots;
        lastSequence = Math.Max(found.Root.Sequence, log.Sequence);
        durableSequence = (long)lastSequence;
        keptLogPosition = found.Root.Log.Position;
        keptLogNext = found.Root.Log.Position;
        salvage = salvaged;
    }

    /// <summary>Writes the changes of the root that begins a session. That root has the old tree, and so, in a repair, needs its changes too.</summary>
    private ChainReference WriteFirstChanges(SpaceChanges changes, out ulong[] slots)
    {
        if (salvage is null)
        {
            return ChainWriter.WriteChanges(chains, space, changes, out slots);
        }

        var all = new SpaceChanges();
        all.AddRange(salvage.Carried);
        all.AddRange(changes);
        ChainReference chain = ChainWriter.WriteChanges(chains, space, all, out slots);
        foreach (ulong slot in slots)
        {
            changes.Take(slot, 1);
        }

        return chain;
    }

    /// <summary>Every bitmap and free count, from what was reached and what the session's root changed since; and the note of what is lost.</summary>
    private void FoldSalvaged(View seen, Frozen frozen)
    {
        Memtable table = seen.Frozen!;
        ILookup<uint, SpaceChange> changes = rootChanges.Runs.ToArray().ToLookup(change => SlotAddress.Group(change.Address));
        byte[] counts = new byte[SpaceKeys.CountsPageSize];
        byte[] key = new byte[SpaceKeys.Length];
        long used = 0;
        for (uint group = 0; group < space.Groups; group++)
        {
            byte[] page = salvage!.Ledger.ReachedPage(group);
            var bitmap = new GroupBitmap(page);
            foreach (SpaceChange change in changes[group])
            {
                int slot = SlotAddress.Slot(change.Address);
                _ = change.Taken ? bitmap.Take(slot, change.Slots) : bitmap.GiveBack(slot, change.Slots);
            }

            bitmap.Encode(page);
            SpaceKeys.Bitmap(key, group);
            table.Put(key, page, frozen.Sequence);
            used += Geometry.SlotsPerGroup - bitmap.Free;
            BinaryPrimitives.WriteUInt16LittleEndian(counts.AsSpan((int)(group % SpaceKeys.CountsPerPage) * sizeof(ushort)), (ushort)bitmap.Free);
            if (group % SpaceKeys.CountsPerPage == SpaceKeys.CountsPerPage - 1 || group == space.Groups - 1)
            {
                PutCounts(table, counts, group, frozen.Sequence);
            }
        }

        Root = Root with { UsedSlots = used };
        PutLost(table, frozen.Sequence);
    }

    /// <summary>Groups that are not there yet are all free.</summary>
    private static void PutCounts(Memtable table, byte[] counts, uint lastGroup, ulong sequence)
    {
        for (int i = (int)(lastGroup % SpaceKeys.CountsPerPage) + 1; i < SpaceKeys.CountsPerPage; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(counts.AsSpan(i * sizeof(ushort)), Geometry.SlotsPerGroup);
        }

        byte[] key = new byte[SpaceKeys.Length];
        SpaceKeys.Counts(key, lastGroup / SpaceKeys.CountsPerPage);
        table.Put(key, counts, sequence);
    }

    private void PutLost(Memtable table, ulong sequence)
    {
        uint number = 0;
        foreach (byte[] page in LostPages.Encode(salvage!.Lost))
        {
            table.Put(SpaceKeys.Lost(number++), page, sequence);
        }
    }

    private IEnumerable<byte[]> ReadLostPages()
    {
        byte[] value = new byte[StoreLimits.MaxValue];
        for (uint page = 0; ; page++)
        {
            StoreEntry entry = Get(SpaceKeys.Lost(page), value);
            if (!entry.Found)
            {
                yield break;
            }

            yield return value[..entry.Length];
        }
    }
}
