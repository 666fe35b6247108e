using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Testing.Volumes;

namespace Tessera.Simulation.Tests;

/// <summary>One seed: long random work on a volume beside the reference; a close, a kill or a power cut in the middle of something, and on.</summary>
/// <param name="seed">Decides the kind of container, whether it is full, and all that is done.</param>
/// <param name="bug">A planted mistake; none in the campaign proper.</param>
internal sealed class VolumeModelRun(ulong seed, PlantedBug bug)
{
    private const int OperationsPerRound = 1200;
    private const ulong SeedsApart = 1000;
    private readonly TestContainer container = AgedContainer.Kinds[(int)(seed % 4)];

    /// <summary>Operations done and compared, but for the last round's.</summary>
    public long Operations { get; private set; }

    /// <summary>Works and has the power cut so many times, works once more and checks all.</summary>
    /// <exception cref="SimulationFailureException">The volume and the reference differ.</exception>
    public void Run(int rounds)
    {
        try
        {
            WorkAndCheck(rounds);
        }
        catch (Exception failure)
        {
            throw new SimulationFailureException($"Seed {seed}, after {Operations} operations of earlier rounds: {failure.Message}", failure);
        }
    }

    private void WorkAndCheck(int rounds)
    {
        AgedVolume aged = AgedVolume.Of(container, isFull: seed % 5 == 0);
        var plan = new VolumePlan { Seed = seed, LargestFile = 400_000, HasWorkers = seed % 3 == 0, Bug = bug };
        VolumeWorkload workload = aged.Begin(new SimulatedDisk(aged.Image, Options(seed)), plan);
        for (int round = 0; round < rounds; round++)
        {
            VolumeWorkload before = workload;
            workload = Crash(before, plan with { Seed = (seed * SeedsApart) + (ulong)round + 1 });
            Operations += before.History.Operation;
        }

        workload.RunTo(OperationsPerRound);
        workload.Verify();
        workload.Mounted.KillAndCheck().ShouldBeEmpty();
    }

    /// <summary>Works until the power goes, in the middle of an operation or between two; opens what is left.</summary>
    private VolumeWorkload Crash(VolumeWorkload workload, VolumePlan plan)
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
