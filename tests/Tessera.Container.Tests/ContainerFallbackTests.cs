using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Tests.Checking;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests;

/// <summary>The newest root is damaged: the one before it and the log must give the same state, and go on from there.</summary>
public sealed class ContainerFallbackTests
{
    [Fact]
    public async Task Blocks_in_slots_the_older_root_gave_up_are_not_overwritten()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(1));
        container.Format(disk, sizeLimit: 64L << 20);
        ContainerStore store = container.Open(disk.Open());
        BlockReference first = await ClaimAsync(store, "b1"u8.ToArray());
        store.Checkpoint();
        await CommitAsync(store, batch =>
        {
            batch.ReleaseBlock(first);
            batch.Delete("b1"u8);
        });
        store.Checkpoint(); // Gives the block up ...
        store.Checkpoint(); // ... and makes its slots free.
        BlockReference again = await ClaimOverAsync(store, first);
        disk.Kill();
        store.Abandon();
        disk.FlipBit(FixedPlaces.Ordinary.RootOffset(0, store.Root.Generation) + 1000, 1);
        disk.FlipBit(FixedPlaces.Ordinary.RootOffset(1, store.Root.Generation) + 1000, 1);

        store = container.Open(disk.Open());
        while (await store.WriteBlockAsync(Content(2)) is not null)
        {
            // Until the volume is full.
        }

        byte[] read = new byte[1 << 20];
        await store.ReadBlockAsync(again, 0, read);
        read.AsSpan().SequenceEqual(Content(1)).ShouldBeTrue();
        store.Checkpoint();
        store.Checkpoint();
        CheckReport report = CheckedDisk.CheckAfterKill(container, disk);
        report.Findings.ShouldBeEmpty();
        store.Abandon();
    }

    [Fact]
    public async Task Used_slots_stay_exact_over_many_opens()
    {
        var container = new TestContainer(ContainerProfile.Plain, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(2));
        container.Format(disk);
        for (int open = 0; open < 120; open++)
        {
            await container.Open(disk.Open()).DisposeAsync();
        }

        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
    }

    private static byte[] Content(byte fill)
    {
        byte[] content = new byte[1 << 20];
        content.AsSpan().Fill(fill);
        return content;
    }

    private static async Task CommitAsync(ContainerStore store, Action<StoreBatch> fill)
    {
        var batch = new StoreBatch();
        fill(batch);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, store.Fault?.ToString());
    }

    private static async Task<BlockReference> ClaimAsync(ContainerStore store, byte[] key)
    {
        BlockReference block = (await store.WriteBlockAsync(Content(1))).ShouldNotBeNull();
        await ClaimAsync(store, key, block);
        return block;
    }

    private static async Task ClaimAsync(ContainerStore store, byte[] key, BlockReference block)
    {
        byte[] encoded = new byte[BlockReference.Size];
        block.Encode(encoded);
        await CommitAsync(store, batch =>
        {
            batch.ClaimBlock(block);
            batch.Put(key, encoded);
        });
    }

    /// <summary>Writes blocks until one lies where another was, and claims that one.</summary>
    private static async Task<BlockReference> ClaimOverAsync(ContainerStore store, BlockReference old)
    {
        while (true)
        {
            BlockReference block = (await store.WriteBlockAsync(Content(1))).ShouldNotBeNull();
            if (Math.Abs((long)block.Address - (long)old.Address) < BlockStore.SlotsOf(old.Length))
            {
                await ClaimAsync(store, "b2"u8.ToArray(), block);
                return block;
            }

            store.DiscardBlock(block);
        }
    }
}
