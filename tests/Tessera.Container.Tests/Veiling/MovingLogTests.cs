using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>What docs/format/scattered.md says of the log: it has no slots of its own, and the older root brings back what was logged all the same.</summary>
public sealed class MovingLogTests
{
    private const long Size = 64L << 20;
    private const long LogBytes = 4L << 20;
    private const int Keys = 50;
    private const int LogSlots = (int)(LogBytes / Geometry.SlotSize);
    private readonly TestContainer scattered = new(ContainerProfile.Scattered, PlacementKind.Scattered);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Each_record_begins_a_slot_beside_its_decoys_and_no_slot_is_written_twice_before_a_checkpoint(int decoys)
    {
        const int Commits = 60;
        scattered.Format(disk, Size, LogBytes);
        var seen = new SeenAppends(disk.Open());
        await using ContainerStore store = scattered.Open(seen, TestContainer.Deterministic() with { Decoys = decoys });
        store.Checkpoint();
        for (int interval = 0; interval < 10; interval++)
        {
            seen.Slots.Clear();
            for (int i = 0; i < Commits; i++)
            {
                await CommitAsync(store, i);
                await store.MakeDurableAsync(i % 3 == 0 ? store.LastSequence : 0);
            }

            seen.Slots.Count.ShouldBe(Commits * (1 + decoys));
            seen.Slots.ShouldBeUnique();
            store.Checkpoint();
        }
    }

    /// <summary>A ring would be written lap after lap.</summary>
    [Fact]
    public async Task What_the_log_goes_through_are_always_other_slots()
    {
        const int Laps = 8;
        scattered.Format(disk, Size, LogBytes);
        var appended = new List<long>();
        for (int session = 0; session < 2; session++)
        {
            var seen = new SeenAppends(disk.Open()) { Slots = appended };
            await using ContainerStore store = scattered.Open(seen, TestContainer.Deterministic((ulong)session + 1) with { Decoys = 0 });
            for (int i = 0; i < Laps * LogSlots / 2; i++)
            {
                await CommitAsync(store, i);
                if (i % 40 == 0)
                {
                    store.Checkpoint();
                }
            }
        }

        int written = appended.Count;
        written.ShouldBe(Laps * LogSlots);
        double drawn = Size / Geometry.SlotSize;
        double expected = drawn * (1 - Math.Exp(-written / drawn));
        ((double)appended.Distinct().Count()).ShouldBeGreaterThan(expected * 0.9); // Of a ring that stays, 512.
        scattered.Check(disk.Open(readOnly: true)).Findings.ShouldBeEmpty();
    }

    /// <summary>The newest root has other places for the log than the one before it: what was logged after either must be where that one looks for it.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    public async Task The_root_before_brings_back_what_was_logged_however_full_the_ring_is(ulong seed, int decoys)
    {
        const int Commits = 4 * LogSlots;
        const int Every = 61;
        scattered.Format(disk, Size, LogBytes);
        ContainerStore store = scattered.Open(disk.Open(), TestContainer.Deterministic(seed) with { Decoys = decoys });
        long fullest = 0;
        for (int i = 0; i < Commits; i++)
        {
            await CommitAsync(store, i);
            fullest = Math.Max(fullest, store.Counters.LogBytes);
            if (i % Every == 0)
            {
                await ShouldBeBroughtBackAsync(store, i, seed);
            }
        }

        store.Checkpoints.ShouldBeGreaterThan(5);
        fullest.ShouldBeGreaterThan(LogBytes / 3);
        store.Abandon();
    }

    /// <summary>Moving takes room for a while. Where there is little the log stays where it is, and goes on.</summary>
    [Fact]
    public async Task On_a_full_volume_the_log_stays_and_goes_on()
    {
        scattered.Format(disk, Size, LogBytes);
        var seen = new SeenAppends(disk.Open());
        await using ContainerStore store = scattered.Open(seen, TestContainer.Deterministic() with { Decoys = 0 });
        var batch = new StoreBatch();
        byte[] content = new byte[store.MaxBlockLength];
        int fill = 0;
        while (await store.WriteBlockAsync(content) is { } block)
        {
            batch.Reset();
            batch.ClaimBlock(block);
            batch.Put(StoreOracle.FillerKey(fill++), StoreOracle.BlockValue(block, 0));
            if ((await store.CommitAsync(batch)).Status != CommitStatus.Committed)
            {
                store.DiscardBlock(block);
                break;
            }
        }

        while (await store.WriteBlockAsync(content) is not null)
        {
            // Until no slot is free but what is kept back.
        }

        store.Fault.ShouldBeNull();
        seen.Slots.Clear();
        for (int i = 0; i < 3 * LogSlots; i++)
        {
            batch.Reset();
            batch.MayUseReserve = true;
            batch.Delete(StoreOracle.Key(i));
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, $"{i}: {store.Fault}");
        }

        seen.Slots.Count.ShouldBe(3 * LogSlots);
        seen.Slots.Distinct().Count().ShouldBeLessThanOrEqualTo(LogSlots);
    }

    private async Task ShouldBeBroughtBackAsync(ContainerStore store, int last, ulong seed)
    {
        var damaged = new SimulatedDisk(disk.ImageAfterKill(), TestContainer.Disk(seed));
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            damaged.FlipBit(FixedPlaces.Ordinary.RootOffset(copy, store.Root.Generation) + 1000, 1);
        }

        await using ContainerStore again = scattered.Open(damaged.Open(), TestContainer.Deterministic(seed + 100) with { Decoys = 0 });
        again.LastSequence.ShouldBe(store.LastSequence, $"after commit {last}");
        byte[] value = new byte[sizeof(int)];
        (await again.GetAsync(StoreOracle.Key(last % Keys), value)).Found.ShouldBeTrue();
        BitConverter.ToInt32(value).ShouldBe(last);
    }

    private static async Task CommitAsync(ContainerStore store, int number)
    {
        var batch = new StoreBatch();
        batch.Put(StoreOracle.Key(number % Keys), BitConverter.GetBytes(number));
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, store.Fault?.ToString());
    }

    /// <summary>Slots that were appended to, in their order; each in a write of its own.</summary>
    private sealed class SeenAppends(IMedium inner) : MediumDecorator(inner)
    {
        public List<long> Slots { get; init; } = [];

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            if (mode == WriteMode.Cached)
            {
                data.Length.ShouldBe(Geometry.SlotSize);
                Slots.Add(offset / Geometry.SlotSize);
            }

            base.Write(offset, data, mode);
        }
    }
}
