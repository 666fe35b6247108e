using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Growing;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>Cuts while a container is given a larger limit: it has the old or the new one afterwards, all of what it held, and can use what it says it has.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class GrowthTests
{
    private const int Cuts = 24;

    /// <summary>After one cut in so many, all room is filled: that takes longest.</summary>
    private const int FillUpEvery = 6;
    private const int StepsBefore = 20;
    private const int StepsAfter = 10;
    private static readonly SimulatedDiskOptions s_disk = new() { Seed = 5, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = true };

    /// <summary>Every kind; within the last group, and beyond it; by amounts that end in the middle of a slot.</summary>
    [Theory]
    [InlineData(0, 1_000_001)]
    [InlineData(0, 90_000_000)]
    [InlineData(1, 1_000_001)]
    [InlineData(1, 70_000_000)]
    [InlineData(2, 20_000_000)]
    [InlineData(3, 20_000_000)]
    [InlineData(4, 1_000_001)]
    [InlineData(4, 90_000_000)]
    [InlineData(5, 20_000_000)]
    [InlineData(6, 1_000_001)]
    [InlineData(6, 52_420_000)]
    [InlineData(6, 90_000_000)]
    public void Power_cut_while_growing_leaves_the_old_size_or_the_new(int container, long more)
    {
        TestContainer kind = AgedContainer.Kinds[container];
        AgedContainer aged = AgedContainer.Of(kind, tight: true);
        StoreOracle oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        var disk = new SimulatedDisk(aged.Image, s_disk);
        var workload = new StoreWorkload(kind, disk, _ => oracle, new WorkloadPlan { Seed = 5, Reopens = false, Grows = false });
        workload.Run(StepsBefore);
        workload.Sync();
        long before = workload.Store.Root.SizeLimit;
        int begun = disk.Trace.Count;
        ContainerGrowth.Run(workload.Store, new GrowthOptions { Size = before + more });
        int grown = disk.Trace.Count;
        workload.FillUp();
        workload.Sync();
        workload.Store.Abandon();
        workload.Store.GetStatistics().CapacityBytes.ShouldBeGreaterThan((ulong)before);

        var seen = new HashSet<long>();
        foreach (PowerCut cut in disk.Trace.PickCuts(Cuts, seed: 5).Concat(Spread(begun, grown)).Append(new PowerCut(disk.Trace.Count, 5, CutMode.Nothing)))
        {
            long size = Judge(kind, oracle, disk.Trace, cut);
            size.ShouldBeOneOf(before, before + more);
            (cut.Operation < grown || size == before + more).ShouldBeTrue($"a size that was acknowledged is kept ({cut})");
            seen.Add(size);
        }

        seen.Count.ShouldBe(2, "cuts before and after the new size counts");
    }

    /// <summary>Noise made for nothing is no harm: the size is the old one, and the next attempt succeeds.</summary>
    [Fact]
    public void Growing_that_is_given_up_half_way_changes_nothing()
    {
        TestContainer kind = AgedContainer.Kinds[1];
        AgedContainer aged = AgedContainer.Of(kind, tight: true);
        var disk = new SimulatedDisk(aged.Image, s_disk);
        ContainerStore store = kind.Open(disk.Open());
        long before = store.Root.SizeLimit;
        ulong capacity = store.GetStatistics().CapacityBytes;

        Should.Throw<OperationCanceledException>(() => ContainerGrowth.Run(
            store, new GrowthOptions { Size = before + (80 << 20), Progress = part => (part > 0.9 ? new CancellationToken(canceled: true) : default).ThrowIfCancellationRequested() }));

        store.GetStatistics().CapacityBytes.ShouldBe(capacity);
        store.Root.SizeLimit.ShouldBe(before);
        ContainerGrowth.Run(store, new GrowthOptions { Size = before + (40 << 20) });
        store.GetStatistics().CapacityBytes.ShouldBe((ulong)(before + (40 << 20)));
        store.Abandon();
    }

    /// <summary>So that each of few operations is cut, and every so-manyth of the many that fill.</summary>
    private static IEnumerable<PowerCut> Spread(int from, int to)
    {
        for (int i = 0; i < Cuts; i++)
        {
            int operation = to - (int)((long)(to - from) * i * i / (Cuts * Cuts)); // Mostly near the end, where the roots are.
            yield return new PowerCut(operation, (ulong)i * 0x9E3779B97F4A7C15, i % 2 == 0 ? CutMode.Sectors : CutMode.Nothing);
        }
    }

    private static long Judge(TestContainer kind, StoreOracle oracle, DiskTrace trace, PowerCut cut)
    {
        var disk = new SimulatedDisk(trace.ImageAfterCut(cut), s_disk);
        StoreOracle found = oracle;
        var workload = new StoreWorkload(
            kind,
            disk,
            store =>
            {
                store.LastSequence.ShouldBeInRange(oracle.DurableAt(cut.Operation), oracle.AcknowledgedAt(cut.Operation) + 1, $"{cut}");
                oracle.Verify(store, store.LastSequence);
                found = oracle.ForkAt(store.LastSequence);
                return found;
            },
            new WorkloadPlan { Seed = cut.Seed, Reopens = false, Grows = false });
        long size = workload.Store.Root.SizeLimit;
        workload.Store.GetStatistics().CapacityBytes.ShouldBeLessThanOrEqualTo((ulong)size);
        workload.Run(StepsAfter);
        if (cut.Seed % FillUpEvery == 0)
        {
            workload.FillUp();
        }

        workload.Store.Fault.ShouldBeNull();
        found.Verify(workload.Store, found.LastSequence);
        workload.Close();
        CheckReport report = kind.Check(disk.Open(readOnly: true));
        report.Findings.ShouldBeEmpty();
        return size;
    }
}
