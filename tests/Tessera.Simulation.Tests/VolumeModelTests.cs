using System.Diagnostics;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Testing.Volumes;

namespace Tessera.Simulation.Tests;

/// <summary>Long random work on a volume beside the reference: every answer the same; then a close, a kill or a power cut in the middle of something, and on.</summary>
[Trait("Campaign", "model")]
public sealed class VolumeModelTests(ITestOutputHelper output)
{
    private const int OperationsPerRound = 1200;
    private const ulong SeedsApart = 1000;
    private static readonly int Rounds = CampaignSize.IsFull ? 80 : 6;

    public static TheoryData<ulong> Seeds => [.. CampaignSize.ModelSeeds];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Volume_agrees_with_the_reference_through_closes_kills_and_power_cuts(ulong seed)
    {
        TestContainer container = AgedContainer.Kinds[(int)(seed % 4)];
        bool isFull = seed % 5 == 0;
        var plan = new VolumePlan { Seed = seed, LargestFile = 400_000, HasWorkers = seed % 3 == 0 };
        var disk = new SimulatedDisk(AgedVolume.Of(container, isFull).Image, Options(seed));
        VolumeWorkload workload = AgedVolume.Of(container, isFull).Begin(disk, plan);
        long operations = 0;
        long started = Stopwatch.GetTimestamp();
        for (int round = 0; round < Rounds; round++)
        {
            VolumeWorkload before = workload;
            workload = Crash(before, container, plan with { Seed = (seed * SeedsApart) + (ulong)round + 1 });
            operations += before.History.Operation;
        }

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        workload.RunTo(OperationsPerRound);
        workload.Verify();
        workload.Mounted.KillAndCheck().ShouldBeEmpty();
        output.WriteLine($"Seed {seed}: {operations} operations and {Rounds} power cuts in {took.TotalSeconds:F1} s, {operations / took.TotalMinutes:F0} a minute.");
    }

    /// <summary>Works until the power goes, in the middle of an operation or between two; opens what is left.</summary>
    private static VolumeWorkload Crash(VolumeWorkload workload, TestContainer container, VolumePlan plan)
    {
        SimulatedDisk disk = workload.Mounted.Disk;
        workload.RunTo(OperationsPerRound);
        workload.Verify();
        disk.Faults.CutPowerAt(disk.Trace.Count + (int)(plan.Seed % 8));
        Should.Throw<PowerCutException>(() => workload.Run(OperationsPerRound));
        workload.Mounted.Container.Abandon();

        int cutAt = disk.Trace.Count;
        var mode = (CutMode)(plan.Seed / 8 % ((int)CutMode.Everything + 1));
        var next = new SimulatedDisk(disk.ImageAfterCut(plan.Seed, mode), Options(plan.Seed));
        SimulatedVolume mounted = SimulatedVolume.Open(container, next, plan);
        ReferenceHistory history = workload.History;
        var crash = new VolumeCrash(history.DurableAt(cutAt), history.Operation, cutAt);
        return new VolumeWorkload(mounted, container, crash.Match(mounted, history), plan);
    }

    private static SimulatedDiskOptions Options(ulong seed) => new() { Seed = seed, LengthBytes = 0, CapacityBytes = AgedVolume.HostBytes };
}
