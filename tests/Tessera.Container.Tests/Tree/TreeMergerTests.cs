using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Tree;

public sealed class TreeMergerTests
{
    /// <summary>Room between two keys for others to come.</summary>
    private const long Gap = 1000;

    /// <summary>Enough of the longest keys and values for four levels.</summary>
    private const int Entries = 15_000;
    private static readonly byte[] LongValue = new byte[StoreLimits.MaxValue];

    [Fact]
    public void Keys_stay_in_order_where_an_inner_node_vanished_and_others_come()
    {
        using SimulatedMedium medium = new SimulatedDisk(TestContainer.Disk(1) with { CapacityBytes = 1L << 30 }).Open();
        using var keys = new SealingKeys(SealAlgorithm.Checksum, new byte[32], Guid.Empty);
        keys.BeginSession(1, new byte[SealingKeys.SaltLength]);
        var space = new SpaceMap(medium, new ScatteredPlacement(TestContainer.Deterministic().Random!), 0, _ => new byte[GroupBitmap.Size]);
        var cache = new NodeCache(64L << 20);
        var reader = new NodeReader(medium, keys, cache, () => space.Groups);
        var writer = new NodeWriter(medium, keys, space, cache);
        var changes = new SpaceChanges();

        TreeRoot tree = Merge(TreeRoot.Empty, Table(Enumerable.Range(0, Entries).Select(i => i * Gap), (table, key) => table.Put(key, LongValue, 1)));
        tree.Height.ShouldBe(4);
        Node second = reader.Read(new NodeReference(reader.Read(new NodeReference(tree.Reference)).Child(1)));
        long first = Number(second.Key(0));
        long end = Number(second.Key(1));

        // The first child of an inner node that is not the first of its level loses all its keys, and new ones come in their place.
        tree = Merge(tree, Table(Enumerable.Range(0, (int)((end - first) / Gap)).Select(i => first + (i * Gap)), (table, key) => table.Delete(key, 2)));
        long[] late = [.. Enumerable.Range(1, 20).Select(i => first + i)];
        tree = Merge(tree, Table(late, (table, key) => table.Put(key, LongValue, 3)));

        var view = new View(new Memtable(), null, tree);
        foreach (long number in late)
        {
            new MapReader(reader).TryGet(view, Key(number), new byte[StoreLimits.MaxValue], allowIo: true, out StoreEntry entry).ShouldBeTrue();
            entry.Found.ShouldBeTrue($"key {number - first} after the first");
        }

        TreeRoot Merge(TreeRoot old, Memtable table)
        {
            TreeRoot merged = new TreeMerger(reader, writer, table, changes, 1).Merge(old);
            writer.Finish();
            return merged;
        }
    }

    private static Memtable Table(IEnumerable<long> numbers, Action<Memtable, byte[]> set)
    {
        var table = new Memtable();
        foreach (long number in numbers)
        {
            set(table, Key(number));
        }

        return table;
    }

    private static byte[] Key(long number)
    {
        byte[] key = new byte[StoreLimits.MaxKey];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return key;
    }

    private static long Number(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);
}
