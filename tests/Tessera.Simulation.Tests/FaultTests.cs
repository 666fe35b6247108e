using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>Each operation of the disk fails, in turn: the store says so or bears it, gives no wrong bytes, and what was durable is there after the next open.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class FaultTests
{
    private const int Steps = 50;

    /// <summary>Operations tried of each kind, spread evenly.</summary>
    private static readonly int Tried = CampaignSize.IsFull ? int.MaxValue : 12;

    public static TheoryData<int, DiskOperations> Cases
    {
        get
        {
            var cases = new TheoryData<int, DiskOperations>();
            DiskOperations[] kinds =
            [
                DiskOperations.Read, DiskOperations.CachedWrite, DiskOperations.DirectWrite, DiskOperations.DurableWrite, DiskOperations.Flush,
            ];
            for (int container = 0; container < AgedContainer.Kinds.Count; container++)
            {
                foreach (DiskOperations kind in kinds)
                {
                    cases.Add(container, kind);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Operation_that_fails_costs_nothing_durable(int container, DiskOperations kind)
    {
        long count = CountOperations(container, kind);
        long stride = Math.Max(1, count / Tried);
        for (long nth = 1; nth <= count; nth += stride)
        {
            foreach (int times in (ReadOnlySpan<int>)[1, int.MaxValue])
            {
                RunWithFault(container, kind, (int)nth, times);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Host_without_space_refuses_growth_and_nothing_else(int container)
    {
        var run = new FaultRun(AgedContainer.Kinds[container], tight: false, seed: 5);
        run.Disk.Faults.Fail(DiskOperations.Grow, nth: 1, times: int.MaxValue, MediumFault.NoSpace);
        run.Open();
        run.Workload!.Run(Steps);
        run.Workload.FillUp();
        run.Workload.Store.IsReadOnly.ShouldBeFalse();
        run.Oracle.Verify(run.Workload.Store, run.Oracle.LastSequence);

        var delete = new StoreBatch { MayUseReserve = true };
        delete.Delete(StoreOracle.Key(StoreOracle.FirstBlockKey - 1));
        (await run.Workload.Store.CommitAsync(delete)).Status.ShouldBe(CommitStatus.Committed, "a full volume can always delete");
        run.Oracle.Committed(run.Workload.Store.LastSequence, [], run.Disk.Trace.Count);
        run.JudgeSurvivors("no space");
    }

    [Theory]
    [InlineData(DiskOperations.CachedWrite)]
    [InlineData(DiskOperations.DirectWrite)]
    [InlineData(DiskOperations.DurableWrite)]
    [InlineData(DiskOperations.Flush)]
    public async Task Operation_that_stalls_holds_up_no_reader_and_goes_on(DiskOperations kind)
    {
        for (int nth = 1; nth < 6; nth += 2)
        {
            var run = new FaultRun(AgedContainer.Kinds[0], tight: true, seed: (ulong)nth);
            run.Open();
            OperationGate stalled = run.Disk.Faults.Stall(kind, nth);
            Task working = Task.Run(() => run.Workload!.Run(Steps * 2), TestContext.Current.CancellationToken);
            await stalled.Reached.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);

            // Readers of what was there before need no lock that the stalled writer may hold.
            int key = StoreOracle.FirstBlockKey - 1;
            await Task.Run(async () => await run.Workload!.Store.GetAsync(StoreOracle.Key(key), new byte[StoreLimits.MaxValue]), TestContext.Current.CancellationToken)
                .WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);
            working.IsCompleted.ShouldBeFalse();
            stalled.Release();
            await working.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);
            run.Workload!.Stopped.ShouldBeFalse();
            run.Oracle.Verify(run.Workload.Store, run.Oracle.LastSequence);
            run.JudgeSurvivors($"{kind} {nth} stalled");
        }
    }

    private static long CountOperations(int container, DiskOperations kind)
    {
        var run = new FaultRun(AgedContainer.Kinds[container], tight: true, seed: 3);
        run.Open();
        run.Workload!.Run(Steps);
        run.Workload.Store.Abandon();
        return run.Disk.Counters.Operations(kind);
    }

    private static void RunWithFault(int container, DiskOperations kind, int nth, int times)
    {
        string what = $"Container {container}, {kind} {nth} fails {(times == 1 ? "once" : "from then on")}";
        var run = new FaultRun(AgedContainer.Kinds[container], tight: true, seed: 3);
        run.Disk.Faults.Fail(kind, nth, times);
        try
        {
            run.Open();
            run.Workload!.Run(Steps);
            run.Disk.Faults.Clear();
            if (kind != DiskOperations.Read)
            {
                // Nothing can be done about it, so the store has to say it: silence would be a lie.
                run.Workload.Store.IsReadOnly.ShouldBeTrue(what);
                run.Workload.Store.Fault.ShouldNotBeNull(what);
            }

            run.Oracle.Verify(run.Workload.Store, run.Oracle.LastSequence);
        }
        catch (IOException) when (run.Workload is null)
        {
            run.Disk.Faults.Clear(); // An open that meets a fault fails; the next one must not.
        }
        catch (SimulationFailureException failure)
        {
            throw new SimulationFailureException($"{what}: {failure.Message}", failure);
        }

        run.JudgeSurvivors(what);
    }
}
