using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Tables;
using Tessera.Container.Tree;

namespace Tessera.Container.Space;

/// <summary>Turns the changes the last root named into puts of bitmaps and free counts, all known before the first node is written.</summary>
internal static class SpaceFolding
{
    /// <param name="table">Takes the entries.</param>
    /// <param name="changes">What the last root named.</param>
    /// <param name="reader">Reads the pages as they are.</param>
    /// <param name="tree">Where they are.</param>
    /// <param name="sequence">Version of the entries.</param>
    public static void Put(Memtable table, SpaceChanges changes, MapReader reader, TreeRoot tree, ulong sequence)
    {
        Span<byte> key = stackalloc byte[SpaceKeys.Length];
        foreach (IGrouping<uint, SpaceChange> group in changes.Runs.ToArray().GroupBy(change => SlotAddress.Group(change.Address)))
        {
            byte[] page = SpaceKeys.ReadBitmap(reader, tree, group.Key);
            var bitmap = new GroupBitmap(page);
            foreach (SpaceChange change in group)
            {
                int slot = SlotAddress.Slot(change.Address);
                _ = change.Taken ? bitmap.Take(slot, change.Slots) : bitmap.GiveBack(slot, change.Slots);
            }

            bitmap.Encode(page);
            SpaceKeys.Bitmap(key, group.Key);
            table.Put(key, page, sequence);
            byte[] counts = CountsOf(table, reader, tree, group.Key / SpaceKeys.CountsPerPage);
            BinaryPrimitives.WriteUInt16LittleEndian(counts.AsSpan((int)(group.Key % SpaceKeys.CountsPerPage) * sizeof(ushort)), (ushort)bitmap.Free);
            SpaceKeys.Counts(key, group.Key / SpaceKeys.CountsPerPage);
            table.Put(key, counts, sequence);
        }
    }

    /// <summary>A page of free counts: as put before, else as the tree tells it.</summary>
    private static byte[] CountsOf(Memtable table, MapReader reader, TreeRoot tree, uint number)
    {
        Span<byte> key = stackalloc byte[SpaceKeys.Length];
        SpaceKeys.Counts(key, number);
        byte[] page = new byte[SpaceKeys.CountsPageSize];
        int node = table.Find(key);
        if (node != 0)
        {
            table.Value(node).Bytes.CopyTo(page);
        }
        else
        {
            SpaceKeys.ReadCounts(reader, tree, number, page);
        }

        return page;
    }
}
