using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Testing.Stores;
using Tessera.Volumes;
using Tessera.Volumes.Checking;

namespace Tessera.Testing.Volumes;

/// <summary>A volume in a container on a simulated disk, open.</summary>
public sealed class SimulatedVolume
{
    /// <summary>Small bounds, so that eviction happens all the time.</summary>
    private const int CachedInodes = 32;
    private const int CachedNames = 64;
    private const long BlockCacheBytes = 2 << 20;
    private readonly TestContainer container;
    private readonly SimulatedDisk disk;
    private readonly AcknowledgedStore store;

    private SimulatedVolume(TestContainer container, SimulatedDisk disk, VolumePlan plan)
    {
        this.container = container;
        this.disk = disk;
        ContainerOptions options = TestContainer.Deterministic(SeededHash.Of(plan.Seed, disk.Trace.Count)) with { TableBytes = plan.TableBytes };
        Container = container.Open(plan.Bug.Wrap(disk.Open()), options);
        FoundSequence = Container.LastSequence;
        store = new AcknowledgedStore(plan.Bug.Wrap(Container));
        Volume = Now.Do(Volume.OpenAsync(
            store,
            new VolumeOptions
            {
                ReshufflePercent = VolumeOptions.MostReshuffle,
                BackgroundWriteBack = false,
                BackgroundWorkers = plan.HasWorkers,
                DirtyBytes = plan.DirtyBytes,
                CachedInodes = CachedInodes,
                CachedNames = CachedNames,
                BlockCacheBytes = BlockCacheBytes,
            },
            new SteppingClock()));
    }

    public ContainerStore Container { get; }

    public Volume Volume { get; }

    /// <summary>The last commit that the container was found with, before the volume's recovery added its own.</summary>
    public ulong FoundSequence { get; }

    /// <summary>The last commit that must outlive a kill. A background worker's may have its number and be on its way: whether that is found is open.</summary>
    public ulong AcknowledgedSequence => Math.Max(FoundSequence, store.LastSequence);

    public SimulatedDisk Disk => disk;

    /// <summary>Makes an empty volume.</summary>
    public static void Format(TestContainer container, SimulatedDisk disk, long sizeLimit, long logBytes)
    {
        container.Format(disk, sizeLimit, logBytes);
        ContainerStore empty = container.Open(disk.Open(), TestContainer.Deterministic());
        Now.Do(Volume.FormatAsync(empty, new SteppingClock(), Core.FileSystem.Caller.Engine));
        Now.Do(empty.DisposeAsync());
    }

    public static SimulatedVolume Open(TestContainer container, SimulatedDisk disk, VolumePlan plan) => new(container, disk, plan);

    /// <summary>Ends it as an unmount does.</summary>
    public void Close()
    {
        Now.Do(Volume.CloseAsync());
        Now.Do(Container.DisposeAsync());
    }

    /// <summary>Ends it as SIGKILL does: the host keeps what was written.</summary>
    public void Kill()
    {
        disk.Kill();
        Container.Abandon();
    }

    /// <summary>What a check says that is not in order: first of the volume, as it is, then of the container, which is closed as by a kill.</summary>
    public IReadOnlyList<string> KillAndCheck()
    {
        VolumeCheckReport report = Now.Do(VolumeChecker.CheckAsync(store, new VolumeCheckOptions { ReadBlocks = true }));
        List<string> findings = [.. report.Findings.Select(finding => $"{finding.Code}: {finding.What}")];
        Kill();
        using SimulatedMedium medium = disk.Open(readOnly: true);
        CheckReport under = ContainerChecker.Check(
            medium, container.VolumeKey, new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock, ReadBlocks = false });
        findings.AddRange(under.Findings.Select(finding => $"{finding.Kind} at {finding.Address:x}: {finding.What} ({finding.Key})"));
        return findings;
    }
}
