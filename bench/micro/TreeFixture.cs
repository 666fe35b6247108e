using System.Buffers.Binary;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Crypto;

namespace Tessera.MicroBenchmarks;

/// <summary>A sealed tree in memory, all of whose nodes are in the cache: keys as long as those of names, values as long as inodes.</summary>
internal sealed class TreeFixture : IDisposable
{
    public const int KeyLength = 25;
    private const long CacheBytes = 256L << 20;
    private static readonly byte[] s_value = new byte[120];
    private readonly MemoryMedium medium = new();
    private readonly SealingKeys keys;
    private readonly NodeWriter writer;
    private readonly NodeReader nodes;

    /// <param name="entries">Keys 0, 2, 4, …: between any two there is room.</param>
    public TreeFixture(int entries)
    {
        keys = new SealingKeys(SealAlgorithm.Aes256Gcm, new byte[UnitSealer.KeySize], Guid.Empty);
        keys.BeginSession(1, new byte[SealingKeys.SaltLength]);
        var space = new SpaceMap(medium, new LocalPlacement(), 0, _ => new byte[GroupBitmap.Size]);
        var cache = new NodeCache(CacheBytes);
        nodes = new NodeReader(medium, keys, cache, () => space.Groups);
        writer = new NodeWriter(medium, keys, space, cache);
        Reader = new MapReader(nodes);
        Merge(Table(0, entries, 2));
    }

    public MapReader Reader { get; }

    public View View { get; private set; } = new(new Memtable(), null, TreeRoot.Empty);

    /// <summary>Keys <paramref name="first"/>, + <paramref name="step"/>, ….</summary>
    public static Memtable Table(int first, int count, int step)
    {
        var table = new Memtable();
        Span<byte> key = stackalloc byte[KeyLength];
        for (int i = 0; i < count; i++)
        {
            Key(first + ((long)i * step), key);
            table.Put(key, s_value, 1);
        }

        return table;
    }

    public static void Key(long number, Span<byte> key)
    {
        key.Clear();
        BinaryPrimitives.WriteInt64BigEndian(key[(KeyLength - sizeof(long))..], number);
    }

    /// <summary>As a checkpoint does: the table's entries go into the tree.</summary>
    public void Merge(Memtable table)
    {
        TreeRoot tree = new TreeMerger(nodes, writer, table, new SpaceChanges(), 1).Merge(View.Tree);
        writer.Finish();
        View = View with { Tree = tree };
    }

    public void Dispose()
    {
        keys.Dispose();
        medium.Dispose();
    }
}
