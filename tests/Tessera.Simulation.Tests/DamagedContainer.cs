using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>The image a killed container left, all of it durable, to be damaged and judged.</summary>
internal sealed class DamagedContainer
{
    /// <summary>Syncs at the end, each in a slot of its own: the log's end cannot be told from a power cut, so the last of them may go, and no damage to two slots takes all.</summary>
    private const int Markers = 3;
    private readonly TestContainer container;
    private readonly StoreOracle oracle;
    private readonly ulong known;
    private readonly DiskTrace trace;

    public DamagedContainer(int kind, int steps)
    {
        container = AgedContainer.Kinds[kind];
        AgedContainer aged = AgedContainer.Of(container, tight: true);
        Older = aged.Image;
        oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        var disk = new SimulatedDisk(aged.Image, Options);
        var workload = new StoreWorkload(container, disk, _ => oracle, new WorkloadPlan { Seed = (ulong)steps, Reopens = false });
        workload.Run(steps);
        workload.CommitSmall();
        workload.Sync();
        known = oracle.LastSequence;
        for (int i = 0; i < Markers; i++)
        {
            workload.CommitSmall();
            workload.Sync();
        }

        workload.Store.Abandon();
        trace = disk.Trace;
        Image = disk.ImageAfterKill().Freeze();
    }

    public DiskImage Image { get; }

    /// <summary>The same container a while before.</summary>
    public DiskImage Older { get; }

    /// <summary>Nodes, blocks, chains, log, roots: whatever the workload wrote.</summary>
    public IEnumerable<long> WrittenSlots => SlotsWritten(DiskOperations.Write);

    /// <summary>Only the log is appended to through the host's cache.</summary>
    public IEnumerable<long> LogSlots => SlotsWritten(DiskOperations.CachedWrite);

    private static SimulatedDiskOptions Options => new() { Seed = 1, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = true };

    /// <summary>Opens a damaged copy and reads everything: true when it says damage, false when nothing was missed.</summary>
    /// <exception cref="SimulationFailureException">Something wrong was read, or something durable is gone without a word.</exception>
    public bool Judge(DiskImage damaged, string what)
    {
        try
        {
            ContainerStore store = container.Open(new SimulatedDisk(damaged, Options).Open(), TestContainer.Deterministic());
            store.LastSequence.ShouldBeInRange(known, oracle.LastSequence, what);
            int refused = oracle.VerifyReadable(store, store.LastSequence);
            store.Abandon();
            return refused > 0;
        }
        catch (Exception failure) when (failure is ContainerFormatException or StoreDamageException || failure is IOException { InnerException: StoreDamageException })
        {
            return true;
        }
        catch (Exception failure)
        {
            throw new SimulationFailureException($"{what}: {failure.Message}", failure);
        }
    }

    private IEnumerable<long> SlotsWritten(DiskOperations kinds) =>
        Enumerable.Range(0, trace.Count)
            .Select(i => trace[i])
            .Where(operation => (operation.Kind & kinds) != DiskOperations.None)
            .SelectMany(operation => Enumerable.Range(0, (int)Math.Max(1, operation.Length / Geometry.SlotSize)).Select(i => (operation.Offset / Geometry.SlotSize) + i))
            .Distinct();
}
