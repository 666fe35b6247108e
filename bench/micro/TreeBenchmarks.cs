using BenchmarkDotNet.Attributes;
using Tessera.Container.Tables;
using Tessera.Core.Stores;

namespace Tessera.MicroBenchmarks;

/// <summary>The copy-on-write tree: one get, one insert by a merge of many, one entry of a scan.</summary>
public class TreeBenchmarks
{
    private const int Inserts = 10_000;
    private const int Scanned = 1_000;
    private readonly byte[] key = new byte[TreeFixture.KeyLength];
    private readonly byte[] end = [0xFF];
    private readonly byte[] value = new byte[StoreLimits.MaxValue];
    private readonly ScanPage page = new(1 << 20, Scanned);
    private TreeFixture tree = null!;
    private Memtable inserts = null!;
    private Random random = null!;

    [Params(100_000)]
    public int Entries { get; set; }

    [GlobalSetup(Targets = [nameof(Get), nameof(Scan)])]
    public void Setup()
    {
        tree = new TreeFixture(Entries);
        random = new Random(1);
    }

    /// <summary>A merge changes the tree: each begins with a new one.</summary>
    [IterationSetup(Target = nameof(Insert))]
    public void SetupInsert()
    {
        tree = new TreeFixture(Entries);
        inserts = TreeFixture.Table(1, Inserts, 2 * Entries / Inserts);
    }

    [GlobalCleanup(Targets = [nameof(Get), nameof(Scan)])]
    public void Cleanup() => tree.Dispose();

    [IterationCleanup(Target = nameof(Insert))]
    public void CleanupInsert() => tree.Dispose();

    [Benchmark]
    public int Get()
    {
        TreeFixture.Key(2L * random.Next(Entries), key);
        tree.Reader.TryGet(tree.View, key, value, allowIo: true, out StoreEntry entry);
        return entry.Found ? entry.Length : throw new InvalidOperationException("A key of the tree was not found.");
    }

    /// <summary>Spread over the whole tree, as a checkpoint's entries are; sealing and both copies of each node included.</summary>
    [Benchmark(OperationsPerInvoke = Inserts)]
    public void Insert() => tree.Merge(inserts);

    [Benchmark(OperationsPerInvoke = Scanned)]
    public int Scan()
    {
        TreeFixture.Key(2L * random.Next(Entries - Scanned), key);
        page.Reset();
        tree.Reader.Scan(tree.View, key, end, page);
        return page.Count == Scanned ? page.Count : throw new InvalidOperationException($"A scan gave {page.Count} entries.");
    }
}
