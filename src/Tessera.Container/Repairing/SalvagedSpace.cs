using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Space;
using Tessera.Container.Tables;

namespace Tessera.Container.Repairing;

/// <summary>The free space of a salvaged container as entries of the tree: every bitmap and count, told from what was reached.</summary>
internal static class SalvagedSpace
{
    /// <param name="table">Takes the entries, and the note of what is lost.</param>
    /// <param name="salvage">What was reached, and what is lost.</param>
    /// <param name="changes">What the root that began the session changed since.</param>
    /// <param name="groups">Groups of the volume.</param>
    /// <param name="sequence">Version of the entries.</param>
    /// <returns>Used slots.</returns>
    public static long Put(Memtable table, Salvage salvage, SpaceChanges changes, uint groups, ulong sequence)
    {
        ILookup<uint, SpaceChange> byGroup = changes.Runs.ToArray().ToLookup(change => SlotAddress.Group(change.Address));
        byte[] counts = new byte[SpaceKeys.CountsPageSize];
        byte[] key = new byte[SpaceKeys.Length];
        long used = 0;
        for (uint group = 0; group < groups; group++)
        {
            byte[] page = salvage.Ledger.ReachedPage(group);
            var bitmap = new GroupBitmap(page);
            foreach (SpaceChange change in byGroup[group])
            {
                int slot = SlotAddress.Slot(change.Address);
                _ = change.Taken ? bitmap.Take(slot, change.Slots) : bitmap.GiveBack(slot, change.Slots);
            }

            bitmap.Encode(page);
            SpaceKeys.Bitmap(key, group);
            table.Put(key, page, sequence);
            used += Geometry.SlotsPerGroup - bitmap.Free;
            BinaryPrimitives.WriteUInt16LittleEndian(counts.AsSpan((int)(group % SpaceKeys.CountsPerPage) * sizeof(ushort)), (ushort)bitmap.Free);
            if (group % SpaceKeys.CountsPerPage == SpaceKeys.CountsPerPage - 1 || group == groups - 1)
            {
                PutCounts(table, counts, group, sequence);
            }
        }

        uint number = 0;
        foreach (byte[] lost in LostPages.Encode(salvage.Lost))
        {
            table.Put(SpaceKeys.Lost(number++), lost, sequence);
        }

        return used;
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
}
