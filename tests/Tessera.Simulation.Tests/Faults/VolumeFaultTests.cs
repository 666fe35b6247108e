using Tessera.Container.Media;
using Tessera.Core.FileSystem;
using Tessera.Testing;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>Each call of the medium fails, once or from then on, or stalls: nobody is told a lie, nothing acknowledged is lost, nobody waits for ever.</summary>
[Trait("Campaign", "fault")]
public sealed class VolumeFaultTests(ITestOutputHelper output)
{
    /// <summary>Calls tried of each kind, spread evenly.</summary>
    private static readonly int s_tried = CampaignSize.IsFull ? 400 : 4;

    private static readonly DiskOperations[] s_kinds =
    [
        DiskOperations.Read, DiskOperations.CachedWrite, DiskOperations.DirectWrite, DiskOperations.DurableWrite, DiskOperations.Flush, DiskOperations.Grow, DiskOperations.Punch,
    ];

    /// <summary>Of the kinds of container; 7 has parity.</summary>
    public static MatrixTheoryData<int, DiskOperations> Cases => new(CampaignSize.IsFull ? [0, 1, 2, 3, 7] : [0, 3], s_kinds);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_call_that_fails_loses_nothing_acknowledged(int kind, DiskOperations operations)
    {
        long count = await CountAsync(kind, operations);
        long stride = Math.Max(1, count / s_tried);
        int runs = 0;
        for (long nth = 1; nth <= count; nth += stride)
        {
            foreach ((int times, MediumFault fault) in new[] { (1, MediumFault.Failed), (int.MaxValue, MediumFault.Failed), (1, MediumFault.NoSpace), (int.MaxValue, MediumFault.NoSpace) })
            {
                await RunAsync(kind, disk => disk.Faults.Fail(operations, (int)nth, times, fault), $"Container {kind}, {operations} {nth}: {fault} {(times == 1 ? "once" : "from then on")}");
                runs++;
            }
        }

        output.WriteLine($"{count} calls, {runs} runs.");
    }

    /// <summary>Opening a scattered volume reads long chains slot by slot: a read that fails once must not make it lose track of the slots behind.</summary>
    [Fact]
    public async Task A_read_of_a_chain_that_fails_once_leaks_nothing()
    {
        const int scattered = 1;
        const int first = 5;
        const int last = 75;
        const int stride = 10;
        for (int nth = first; nth <= last; nth += stride)
        {
            int failing = nth;
            await RunAsync(scattered, disk => disk.Faults.Fail(DiskOperations.Read, failing, 1, MediumFault.Failed), $"Read {nth} fails once");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_call_that_stalls_holds_up_only_who_needs_it(int kind, DiskOperations operations)
    {
        long count = await CountAsync(kind, operations);
        long stride = Math.Max(1, count / s_tried);
        for (long nth = 1; nth <= count; nth += stride)
        {
            string what = $"Container {kind}, {operations} {nth} stalls";
            try
            {
                await StallAsync(kind, operations, (int)nth, what);
            }
            catch (TimeoutException failure)
            {
                throw new SimulationFailureException($"{what}: somebody waits for ever.", failure);
            }
        }
    }

    private static async Task StallAsync(int kind, DiskOperations operations, int nth, string what)
    {
        var run = new FaultedVolume(AgedContainer.Kinds[kind]);
        await run.PrepareAsync();
        OperationGate gate = run.Disk.Faults.Stall(operations, nth);
        Task<bool> working = Task.Run(run.RunAsync, TestContext.Current.CancellationToken);
        await Task.WhenAny(gate.Reached, working).WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);
        if (gate.Reached.IsCompleted && run.IsOpen)
        {
            // What is in memory needs nobody's disk.
            FsResult<InodeAttributes> root = await Task.Run(async () => await run.Volume.GetAttributesAsync(VolumeState.Root, FsLimits.RootInode), TestContext.Current.CancellationToken)
                .WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);
            root.Error.ShouldBe(FsError.None, what);
            working.IsCompleted.ShouldBeFalse(what);
        }

        gate.Release();
        (await working.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken)).ShouldBeTrue(what);
        run.RequireNoError(what);
        await run.JudgeAsync(what);
    }

    private static async Task<long> CountAsync(int kind, DiskOperations operations)
    {
        var run = new FaultedVolume(AgedContainer.Kinds[kind]);
        await run.PrepareAsync();
        (await run.RunAsync()).ShouldBeTrue();
        run.RequireNoError("The script alone");
        long count = run.Disk.Counters.Operations(operations);
        await run.JudgeAsync("The script alone");
        return count;
    }

    private static async Task RunAsync(int kind, Action<SimulatedDisk> prepare, string what)
    {
        var run = new FaultedVolume(AgedContainer.Kinds[kind]);
        await run.PrepareAsync();
        prepare(run.Disk);
        try
        {
            await Task.Run(run.RunAsync, TestContext.Current.CancellationToken).WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);
        }
        catch (Exception failure) when (failure is not SimulationFailureException)
        {
            throw new SimulationFailureException($"{what}: {failure}", failure);
        }

        await run.JudgeAsync(what);
    }
}
