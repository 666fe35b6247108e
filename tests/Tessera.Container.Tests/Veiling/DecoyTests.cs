using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>What docs/format/scattered.md says of decoys: how many there are, where they may go, and that they cost no space.</summary>
public sealed class DecoyTests
{
    private const long Size = 64L << 20;
    private readonly TestContainer scattered = new(ContainerProfile.Scattered, PlacementKind.Scattered);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(ContainerOptions.MostDecoys)]
    public async Task Beside_each_slot_so_many_are_written_and_no_slot_twice_before_a_checkpoint(int decoys)
    {
        const int Blocks = 100;
        scattered.Format(disk, Size);
        var seen = new SeenWrites(disk.Open());
        await using ContainerStore store = scattered.Open(seen, TestContainer.Deterministic() with { Decoys = decoys });
        store.Checkpoint();
        seen.Slots.Clear();

        List<BlockReference> blocks = await ClaimAsync(store, Blocks);

        seen.Slots.Count.ShouldBe(Blocks * (1 + decoys));
        seen.Slots.ShouldBeUnique();
        blocks.ShouldAllBe(block => seen.Slots.Contains(SlotOf(block)));
        await ShouldBeWholeAsync(store, blocks);
    }

    /// <summary>Blocks that are written at once go out with as many decoys as if they were not, and in any order: a real slot is as often the first of them as another is.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(70)]
    public async Task Blocks_written_together_lie_anywhere_among_their_decoys(int together)
    {
        const int Rounds = 400;
        scattered.Format(disk, Size);
        var seen = new SeenWrites(disk.Open());
        await using ContainerStore store = scattered.Open(seen, TestContainer.Deterministic() with { Decoys = 1 });
        store.Checkpoint();
        var blocks = new BlockReference[together];
        byte[] content = new byte[together * store.MaxBlockLength];
        int first = 0;
        int last = 0;
        for (int round = 0; round < Rounds; round++)
        {
            seen.Slots.Clear();
            (await store.WriteBlocksAsync(content, store.MaxBlockLength, blocks)).ShouldBe(together);

            seen.Slots.Count.ShouldBe(2 * together);
            seen.Slots.ShouldBeUnique();
            HashSet<long> real = [.. blocks.Select(SlotOf)];
            real.IsSubsetOf(seen.Slots).ShouldBeTrue();
            first += real.Contains(seen.Slots[0]) ? 1 : 0;
            last += real.Contains(seen.Slots[^1]) ? 1 : 0;
            Array.ForEach(blocks, store.DiscardBlock);
            store.Checkpoint();
        }

        first.ShouldBeInRange(Rounds * 2 / 5, Rounds * 3 / 5);
        last.ShouldBeInRange(Rounds * 2 / 5, Rounds * 3 / 5);
    }

    /// <summary>In the clear between the lines, which slots are used shows anyway.</summary>
    [Fact]
    public async Task Only_scattered_containers_write_decoys()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Scattered);
        container.Format(disk, Size);
        var seen = new SeenWrites(disk.Open());
        await using ContainerStore store = container.Open(seen, TestContainer.Deterministic() with { Decoys = ContainerOptions.MostDecoys });
        store.Checkpoint();
        seen.Slots.Clear();

        await ClaimAsync(store, 10);

        seen.Slots.Count.ShouldBe(10);
        store.Counters.DecoysWritten.ShouldBe(0);
    }

    /// <summary>What a kept root still names is not overwritten by anybody before two more roots are durable.</summary>
    [Fact]
    public async Task A_released_slot_is_not_written_while_a_kept_root_may_need_it()
    {
        const int Rounds = 60;
        const int Each = 40;
        scattered.Format(disk, Size);
        var seen = new SeenWrites(disk.Open());
        await using ContainerStore store = scattered.Open(seen, TestContainer.Deterministic() with { Decoys = ContainerOptions.MostDecoys });
        List<BlockReference> blocks = await ClaimAsync(store, Each);
        var kept = new Queue<HashSet<long>>([[], []]);
        int written = 0;
        for (int round = 0; round < Rounds; round++)
        {
            seen.Slots.Clear();
            var batch = new StoreBatch();
            blocks.ForEach(block => batch.ReleaseBlock(block));
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
            kept.Enqueue([.. blocks.Select(SlotOf)]);
            kept.Dequeue();
            blocks = await ClaimAsync(store, Each);
            store.Checkpoint();

            written += seen.Slots.Count;
            seen.Slots.ShouldAllBe(slot => !kept.Any(released => released.Contains(slot)));
        }

        written.ShouldBeGreaterThan((int)(Size / Geometry.SlotSize)); // As often as slots are free, so that a slot given away too early is hit.
        await ShouldBeWholeAsync(store, blocks);
    }

    /// <summary>Decoys use up no space, and stop when little is left: a container takes as much with them as without.</summary>
    [Fact]
    public async Task A_container_takes_as_much_with_decoys_as_without()
    {
        (int without, ulong usedWithout, _) = await FillAsync(decoys: 0);
        (int with, ulong usedWith, ContainerCounters counters) = await FillAsync(ContainerOptions.MostDecoys);

        with.ShouldBe(without);
        usedWith.ShouldBe(usedWithout);
        counters.DecoysWritten.ShouldBeGreaterThan(without);
        counters.DecoysSkipped.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Slots_of_decoys_count_as_free()
    {
        scattered.Format(disk, Size);
        await using ContainerStore store = scattered.Open(disk.Open(), TestContainer.Deterministic() with { Decoys = ContainerOptions.MostDecoys });
        ulong before = store.GetStatistics().UsedBytes;

        List<BlockReference> blocks = await ClaimAsync(store, 100);

        store.Counters.DecoysWritten.ShouldBeGreaterThanOrEqualTo(100 * ContainerOptions.MostDecoys);
        store.GetStatistics().UsedBytes.ShouldBe(before + ((ulong)blocks.Count * Geometry.SlotSize));
    }

    /// <summary>The medium may be used as any after a crash between a decoy and its slot: the decoy is told to nobody.</summary>
    [Fact]
    public async Task After_a_kill_the_map_knows_of_no_decoy()
    {
        scattered.Format(disk, Size);
        ContainerStore store = scattered.Open(disk.Open(), TestContainer.Deterministic() with { Decoys = 3 });
        List<BlockReference> blocks = await ClaimAsync(store, 200);
        await store.MakeDurableAsync(store.LastSequence);
        disk.Kill();
        store.Abandon();

        await using (ContainerStore again = scattered.Open(disk.Open(), TestContainer.Deterministic(2)))
        {
            await ShouldBeWholeAsync(again, blocks);
        }

        scattered.Check(disk.Open(readOnly: true)).Findings.ShouldBeEmpty();
    }

    private async Task<(int Blocks, ulong Used, ContainerCounters Counters)> FillAsync(int decoys)
    {
        var fresh = new SimulatedDisk(TestContainer.Disk(1));
        scattered.Format(fresh, Size);
        await using ContainerStore store = scattered.Open(fresh.Open(), TestContainer.Deterministic() with { Decoys = decoys });
        var batch = new StoreBatch();
        byte[] content = new byte[store.MaxBlockLength];
        int count = 0;
        while (await store.WriteBlockAsync(content) is { } block)
        {
            batch.Reset();
            batch.ClaimBlock(block);
            batch.Put(StoreOracle.FillerKey(count), StoreOracle.BlockValue(block, 0));
            if ((await store.CommitAsync(batch)).Status != CommitStatus.Committed)
            {
                store.DiscardBlock(block);
                break;
            }

            count++;
        }

        return (count, store.GetStatistics().UsedBytes, store.Counters);
    }

    private static async Task<List<BlockReference>> ClaimAsync(ContainerStore store, int count)
    {
        var blocks = new List<BlockReference>();
        for (int i = 0; i < count; i++)
        {
            BlockReference block = (await store.WriteBlockAsync(StoreOracle.BlockContent((ulong)i, store.MaxBlockLength))).ShouldNotBeNull();
            var batch = new StoreBatch();
            batch.ClaimBlock(block);
            batch.Put(StoreOracle.Key(StoreOracle.FirstBlockKey + i), StoreOracle.BlockValue(block, (ulong)i));
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
            blocks.Add(block);
        }

        return blocks;
    }

    private static async Task ShouldBeWholeAsync(ContainerStore store, List<BlockReference> blocks)
    {
        byte[] content = new byte[store.MaxBlockLength];
        for (int i = 0; i < blocks.Count; i++)
        {
            await store.ReadBlockAsync(blocks[i], 0, content);
            content.AsSpan().SequenceEqual(StoreOracle.BlockContent((ulong)i, content.Length)).ShouldBeTrue($"block {i}");
        }
    }

    private static long SlotOf(BlockReference block) => SlotAddress.Offset(block.Address) / Geometry.SlotSize;

    /// <summary>Slots that were placed, in their order; each in a write of its own.</summary>
    private sealed class SeenWrites(IMedium inner) : MediumDecorator(inner)
    {
        public List<long> Slots { get; } = [];

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            if (mode == WriteMode.Direct)
            {
                data.Length.ShouldBe(Geometry.SlotSize);
                Slots.Add(offset / Geometry.SlotSize);
            }

            base.Write(offset, data, mode);
        }
    }
}
