using Tessera.Container;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>One of several writers at once; its keys are its own, so that the oracle knows the value after every commit.</summary>
internal sealed class StressWriter(ContainerStore store, SimulatedDisk disk, StoreOracle oracle, int number)
{
    private const int KeysEach = 20;
    private const int LongestBlock = 20_000;
    private const int SyncEvery = 9;
    private readonly Random random = new(number);
    private readonly StoreBatch batch = new();

    public static int BlockKey(int writer, Random random) => StoreOracle.FirstBlockKey + ((writer + 1) * 1000) + random.Next(KeysEach);

    public async Task Run(int commits)
    {
        for (int i = 0; i < commits; i++)
        {
            await ReplaceBlock();
            if (random.Next(SyncEvery) == 0)
            {
                ulong sequence = store.LastSequence;
                await store.MakeDurableAsync(sequence);
                oracle.Durable(sequence, disk.Trace.Count);
            }
        }
    }

    private async Task ReplaceBlock()
    {
        int key = BlockKey(number, random);
        ulong seed = (ulong)random.NextInt64();
        byte[] content = StoreOracle.BlockContent(seed, random.Next(1, Math.Min(LongestBlock, store.MaxBlockLength)));
        BlockReference block = (await store.WriteBlockAsync(content)).ShouldNotBeNull();
        batch.Reset();
        if (oracle.Value(key) is { } old)
        {
            batch.ReleaseBlock(BlockReference.Decode(old));
        }

        batch.ClaimBlock(block);
        byte[] value = StoreOracle.BlockValue(block, seed);
        batch.Put(StoreOracle.Key(key), value);
        CommitResult result = await store.CommitAsync(batch);
        result.Status.ShouldBe(CommitStatus.Committed);
        oracle.Committed(result.Sequence, [new(key, value)], disk.Trace.Count);
    }
}
