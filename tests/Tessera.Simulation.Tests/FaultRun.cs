using Tessera.Container;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>One workload on a disk with faults, and the judgement of what is left of it.</summary>
internal sealed class FaultRun
{
    private readonly TestContainer container;
    private readonly ulong seed;

    public FaultRun(TestContainer container, bool tight, ulong seed)
    {
        this.container = container;
        this.seed = seed;
        AgedContainer aged = AgedContainer.Of(container, tight);
        Oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        Disk = new SimulatedDisk(aged.Image, Options);
    }

    public SimulatedDisk Disk { get; }

    public StoreOracle Oracle { get; }

    public StoreWorkload? Workload { get; private set; }

    private SimulatedDiskOptions Options => new() { Seed = seed, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = true };

    public void Open() =>
        Workload = new StoreWorkload(container, Disk, _ => Oracle, new WorkloadPlan { Seed = seed, Reopens = false });

    /// <summary>Kills the process: the next one, and one after a power cut, find what they were promised.</summary>
    public void JudgeSurvivors(string what)
    {
        Disk.Kill();
        Workload?.Store.Abandon();
        int end = Disk.Trace.Count;
        Judge(Disk.ImageAfterKill(), Oracle.AcknowledgedAt(end), $"{what}, then a kill");
        foreach (CutMode mode in (ReadOnlySpan<CutMode>)[CutMode.Nothing, CutMode.Sectors])
        {
            Judge(Disk.ImageAfterCut(seed, mode), Oracle.DurableAt(end), $"{what}, then a power cut ({mode})");
        }
    }

    private void Judge(DiskImage image, ulong least, string what)
    {
        var disk = new SimulatedDisk(image, Options);
        ContainerStore store = container.Open(disk.Open(), TestContainer.Deterministic(seed));
        store.LastSequence.ShouldBeInRange(least, Oracle.LastSequence, what);
        Oracle.Verify(store, store.LastSequence);
        store.Abandon();
    }
}
