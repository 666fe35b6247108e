using System.Collections.Concurrent;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>What docs/format/scattered.md says of the even pace. How fast it is, is nothing for a test: what is counted is slots from one flush to the next.</summary>
public sealed class PacedMediumTests
{
    private const long Size = 64L << 20;
    private const long Rate = 4L << 20;
    private const int SlotsPerFlush = (int)(Rate / Geometry.SlotSize / 10);

    /// <summary>Flushes that are watched.</summary>
    private const int Watched = 20;
    private readonly TestContainer scattered = new(ContainerProfile.Scattered, PlacementKind.Scattered);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task From_flush_to_flush_as_many_slots_are_written_idle_or_busy(int decoys)
    {
        scattered.Format(disk, Size);
        var seen = new SeenPace(disk.Open());
        await using (ContainerStore store = scattered.Open(seen, Paced() with { Decoys = decoys }))
        {
            seen.Begin();
            seen.WaitFor(Watched);
            long idle = store.Counters.DecoysWritten;
            int commits = 0;
            while (seen.Flushes < 3 * Watched)
            {
                await CommitAsync(store, commits++);
                await store.MakeDurableAsync(store.LastSequence);
            }

            seen.End();
            idle.ShouldBeGreaterThanOrEqualTo(Watched * SlotsPerFlush);
            commits.ShouldBeGreaterThan(Watched / 2);
            store.Fault.ShouldBeNull();
        }

        seen.Counts.Skip(1).ShouldAllBe(count => count == SlotsPerFlush);
        scattered.Check(disk.Open(readOnly: true)).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_made_durable_is_there_after_a_power_cut()
    {
        const int Commits = 30;
        var traced = new SimulatedDisk(TestContainer.Disk(1) with { Traced = true });
        scattered.Format(traced, Size);
        ContainerStore store = scattered.Open(traced.Open(), Paced());
        for (int i = 0; i < Commits; i++)
        {
            await CommitAsync(store, i);
        }

        await store.MakeDurableAsync(store.LastSequence);
        DiskImage left = traced.ImageAfterCut(7, CutMode.Sectors);
        store.Abandon();

        var after = new SimulatedDisk(left, TestContainer.Disk(2));
        await using ContainerStore again = scattered.Open(after.Open(), TestContainer.Deterministic(2));
        for (int i = 0; i < Commits; i++)
        {
            (await again.GetAsync(StoreOracle.Key(i), new byte[sizeof(int)])).Found.ShouldBeTrue($"{i}");
        }
    }

    /// <summary>Roots come by the clock, too: with nothing to say the next one says what the one before did.</summary>
    [Fact]
    public async Task An_idle_volume_writes_roots_that_open()
    {
        scattered.Format(disk, Size);
        ContainerStore store = scattered.Open(disk.Open(), Paced());
        await CommitAsync(store, 1);
        ulong first = store.Root.Generation;

        SpinWait.SpinUntil(() => store.Root.Generation >= first + 2, TestLimits.Patience).ShouldBeTrue();

        store.Checkpoints.ShouldBeLessThan(5, "roots, not checkpoints");
        await CommitAsync(store, 2);
        await store.MakeDurableAsync(store.LastSequence);
        disk.Kill();
        store.Abandon();
        await using (ContainerStore again = scattered.Open(disk.Open(), TestContainer.Deterministic(2)))
        {
            (await again.GetAsync(StoreOracle.Key(1), new byte[sizeof(int)])).Found.ShouldBeTrue();
            (await again.GetAsync(StoreOracle.Key(2), new byte[sizeof(int)])).Found.ShouldBeTrue();
        }

        scattered.Check(disk.Open(readOnly: true)).Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DiskOperations.Write)]
    [InlineData(DiskOperations.Flush)]
    public async Task A_disk_that_fails_is_told_and_nobody_waits_for_ever(DiskOperations kind)
    {
        scattered.Format(disk, Size);
        ContainerStore store = scattered.Open(disk.Open(), Paced());
        disk.Faults.Fail(kind, nth: 1, times: int.MaxValue);

        SpinWait.SpinUntil(() => store.IsReadOnly, TestLimits.Patience).ShouldBeTrue("Noise that cannot be written is a fault of the disk as any other.");

        var batch = new StoreBatch();
        batch.Put(StoreOracle.Key(1), [1]);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.ReadOnly);
        store.Abandon();
    }

    private static ContainerOptions Paced() => TestContainer.Deterministic() with { Background = true, CoverRate = Rate, Decoys = 0 };

    private static async Task CommitAsync(ContainerStore store, int number)
    {
        var batch = new StoreBatch();
        batch.Put(StoreOracle.Key(number), BitConverter.GetBytes(number));
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, store.Fault?.ToString());
    }

    /// <summary>Counts slots from flush to flush; roots are written durably, and are no part of it.</summary>
    private sealed class SeenPace(IMedium inner) : MediumDecorator(inner)
    {
        private readonly ConcurrentQueue<int> _counts = new();
        private int _slots;
        private volatile bool _counting;

        public IEnumerable<int> Counts => _counts;

        public int Flushes => _counts.Count;

        public void Begin() => _counting = true;

        public void End() => _counting = false;

        public void WaitFor(int flushes) => SpinWait.SpinUntil(() => Flushes >= flushes, TestLimits.Patience).ShouldBeTrue();

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            if (mode != WriteMode.Durable)
            {
                data.Length.ShouldBe(Geometry.SlotSize);
                Interlocked.Increment(ref _slots);
            }

            base.Write(offset, data, mode);
        }

        public override void Flush()
        {
            int slots = Interlocked.Exchange(ref _slots, 0);
            if (_counting)
            {
                _counts.Enqueue(slots);
            }

            base.Flush();
        }
    }
}
