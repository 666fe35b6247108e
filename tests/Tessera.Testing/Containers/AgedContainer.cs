using System.Collections.Concurrent;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Core.Stores;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Containers;

/// <summary>A container with a past, for workloads to start on: its first group nearly full, its log near the ring's end. Growth, reuse and the wrap come early.</summary>
public sealed class AgedContainer
{
    private const long Group = 64L << 20;
    private const long SmallGroup = 12L << 20;
    private const long ParityMediumBytes = 170L << 20;
    private const ulong RoomLeft = 3L << 20;

    /// <summary>More is kept back where every node takes a whole stripe.</summary>
    private const ulong RoomLeftWithParity = 10L << 20;
    private const int ClaimsPerCommit = 64;
    private const ulong Seed = 7;
    private static readonly ConcurrentDictionary<(TestContainer, bool), Lazy<AgedContainer>> Made = new();

    private AgedContainer(TestContainer container, long sizeLimit)
    {
        var disk = new SimulatedDisk(new SimulatedDiskOptions { Seed = Seed, LengthBytes = 0, CapacityBytes = HostBytes });
        container.Format(disk, sizeLimit);
        Oracle = new StoreOracle();
        var workload = new StoreWorkload(container, disk, _ => Oracle, new WorkloadPlan { Seed = Seed, Reopens = false, Grows = false });
        Fill(container, workload.Store, disk, Oracle);
        do
        {
            workload.Run(5);
            workload.Store.Checkpoint();
        }
        while (workload.Store.Root.Log.Position % container.LogBytes < container.LogBytes - (1 << 20));
        workload.Close();
        Image = disk.ImageAfterKill().Freeze();
    }

    /// <summary>Every profile, single slots in the clear, folders, a small one, and stripes with parity; those of profile scattered have all that sealed containers placed at random ever had.</summary>
    public static IReadOnlyList<TestContainer> Kinds { get; } =
    [
        new(ContainerProfile.Sealed, PlacementKind.Local),
        new(ContainerProfile.Scattered, PlacementKind.Scattered),
        new(ContainerProfile.Plain, PlacementKind.Local),
        new(ContainerProfile.Plain, PlacementKind.Scattered),
        new(ContainerProfile.Sealed, PlacementKind.Local) { FileBytes = 4L << 20 },
        new(ContainerProfile.Scattered, PlacementKind.Scattered) { FileBytes = 8L << 20 },
        new(ContainerProfile.Sealed, PlacementKind.Local) { IsSmall = true },
        new(ContainerProfile.Scattered, PlacementKind.Scattered) { Parity = new ParityShape(8, 2) },
        new(ContainerProfile.Scattered, PlacementKind.Scattered) { Parity = new ParityShape(8, 2), FileBytes = 4L << 20 },
    ];

    /// <summary>Room enough on the host that containers punch.</summary>
    public static long HostBytes { get; } = 4L << 30;

    public DiskImage Image { get; }

    /// <summary>What it holds; fork it before use.</summary>
    public StoreOracle Oracle { get; }

    /// <param name="container">The kind of container.</param>
    /// <param name="tight">Growth ends after 2 MiB more: slots are soon reused. Else it may grow freely.</param>
    public static AgedContainer Of(TestContainer container, bool tight) =>
        Made.GetOrAdd((container, tight), key => new Lazy<AgedContainer>(() => new AgedContainer(key.Item1, key.Item2 ? TightLimit(key.Item1) : 0))).Value;

    private static long TightLimit(TestContainer container) => container.Parity is null ? FirstGroup(container) + (2L << 20) : ParityMediumBytes;

    /// <summary>What is nearly filled: of a container with parity the data's share of the smallest medium.</summary>
    private static long FirstGroup(TestContainer container) => container switch
    {
        { IsSmall: true } => SmallGroup,
        { Parity: { } shape } => StripeLayout.Create(shape.Data, shape.Parity, ParityMediumBytes, container.FileBytes == 0 ? 0 : container.FileBytes - FolderMedium.StampPage).LengthOn(ParityMediumBytes),
        _ => Group,
    };

    /// <summary>Claims blocks that nobody will release until little of the group is left.</summary>
    private static void Fill(TestContainer container, ContainerStore store, SimulatedDisk disk, StoreOracle oracle)
    {
        byte[] filler = new byte[store.MaxBlockLength];
        var batch = new StoreBatch();
        int number = 0;
        ulong target = (ulong)FirstGroup(container) - (container.Parity is null ? RoomLeft : RoomLeftWithParity) - (4UL << 20);
        while (store.GetStatistics().UsedBytes < target)
        {
            batch.Reset();
            for (int i = 0; i < ClaimsPerCommit && store.GetStatistics().UsedBytes < target; i++)
            {
                BlockReference block = Now.Do(store.WriteBlockAsync(filler))!.Value;
                batch.ClaimBlock(block);
                batch.Put(StoreOracle.FillerKey(number++), StoreOracle.BlockValue(block, contentSeed: 0));
            }

            oracle.Committed(Now.Do(store.CommitAsync(batch)).Sequence, [], disk.Trace.Count);
        }
    }
}
