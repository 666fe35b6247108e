using System.Buffers.Binary;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Core.Stores;
using Tessera.Testing;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>Real threads: writers, readers and the checkpointer at once, then cuts and kills anywhere in what they did.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class StressTests(ITestOutputHelper output)
{
    private const int Writers = 4;
    private const int Readers = 4;
    private const int CutsEach = 40;
    private static readonly int CommitsEach = CampaignSize.IsFull ? 5000 : 250;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task Threads_together_keep_every_promise(int container)
    {
        TestContainer kind = AgedContainer.Kinds[container];
        AgedContainer aged = AgedContainer.Of(kind, tight: false);
        StoreOracle oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        var options = new SimulatedDiskOptions { Seed = 9, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = true };
        var disk = new SimulatedDisk(aged.Image, options);
        ContainerStore store = kind.Open(disk.Open(), new ContainerOptions { TableBytes = 32 << 10, NodeCacheBytes = 256 << 10 });
        CancellationToken test = TestContext.Current.CancellationToken;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(test);
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(i => Task.Run(() => new StressWriter(store, disk, oracle, i).Run(CommitsEach), test))];
        Task<int>[] readers = [.. Enumerable.Range(0, Readers).Select(i => Task.Run(() => Read(store, seed: i, done.Token), test))];
        await Task.WhenAll(writers).WaitAsync(TestLimits.Patience, test);
        await done.CancelAsync();
        int[] reads = await Task.WhenAll(readers).WaitAsync(TestLimits.Patience, test);

        store.Fault.ShouldBeNull();
        store.Checkpoints.ShouldBeGreaterThan(1);
        oracle.Verify(store, store.LastSequence);
        disk.Kill();
        store.Abandon();
        DiskTrace trace = disk.Trace;
        foreach (PowerCut cut in trace.PickCuts(CutsEach, seed: 9).Append(new PowerCut(trace.Count, 9, CutMode.Nothing)))
        {
            Judge(kind, oracle, trace.ImageAfterCut(cut), oracle.DurableAt(cut.Operation), $"{cut}");
            Judge(kind, oracle, trace.ImageAfterKill(cut.Operation), oracle.AcknowledgedAt(cut.Operation), $"kill before {cut.Operation}");
        }

        output.WriteLine($"{Writers * CommitsEach} commits, {reads.Sum()} blocks read meanwhile, {trace.Count} operations, {store.Checkpoints} checkpoints.");
    }

    private static void Judge(TestContainer kind, StoreOracle oracle, DiskImage image, ulong least, string what)
    {
        var options = new SimulatedDiskOptions { Seed = 9, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes };
        ContainerStore store = kind.Open(new SimulatedDisk(image, options).Open(), TestContainer.Deterministic());
        store.LastSequence.ShouldBeInRange(least, oracle.LastSequence, what);
        oracle.Verify(store, store.LastSequence);
        store.Abandon();
    }

    /// <summary>Reads blocks as they come and go; one that is refused must have been replaced meanwhile.</summary>
    private static async Task<int> Read(ContainerStore store, int seed, CancellationToken done)
    {
        var random = new Random(seed);
        byte[] value = new byte[StoreLimits.MaxValue];
        byte[] content = new byte[StoreLimits.MaxBlock];
        int read = 0;
        while (!done.IsCancellationRequested)
        {
            byte[] key = StoreOracle.Key(StressWriter.BlockKey(random.Next(Writers), random));
            StoreEntry entry = await store.GetAsync(key, value);
            if (!entry.Found)
            {
                continue;
            }

            BlockReference block = BlockReference.Decode(value);
            ulong contentSeed = BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(BlockReference.Size));
            try
            {
                await store.ReadBlockAsync(block, 0, content.AsMemory(0, (int)block.Length));
                content.AsSpan(0, (int)block.Length).SequenceEqual(StoreOracle.BlockContent(contentSeed, (int)block.Length)).ShouldBeTrue("wrong bytes");
                read++;
            }
            catch (StoreDamageException)
            {
                (await store.GetAsync(key, value)).Version.ShouldNotBe(entry.Version, "a block that is still there was refused");
            }
        }

        return read;
    }
}
