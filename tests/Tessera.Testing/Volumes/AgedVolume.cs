using System.Collections.Concurrent;
using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;

namespace Tessera.Testing.Volumes;

/// <summary>A volume with files in it, for workloads to start on: either with room to grow, or full but for little.</summary>
public sealed class AgedVolume
{
    private const long LogBytes = 8L << 20;
    private const long Group = 64L << 20;
    private const ulong RoomToAge = 3UL << 20;
    private const ulong RoomLeft = 256UL << 10;
    private const int FillerPiece = 64 << 10;
    private const int StepsOfAging = 300;
    private const ulong Seed = 7;
    private static readonly ConcurrentDictionary<(TestContainer, bool), Lazy<AgedVolume>> Made = new();
    private readonly TestContainer container;
    private readonly ReferenceHistory history;

    private AgedVolume(TestContainer container, bool isFull)
    {
        this.container = container;
        var disk = new SimulatedDisk(new SimulatedDiskOptions { Seed = Seed, LengthBytes = 0, CapacityBytes = HostBytes });
        SimulatedVolume.Format(container, disk, isFull ? Group : 0, LogBytes);
        var plan = new VolumePlan { Seed = Seed, Reopens = false };
        SimulatedVolume mounted = SimulatedVolume.Open(container, disk, plan);
        var reference = new ReferenceFileSystem();
        ulong filler = isFull ? MakeFiller(mounted.Volume, reference) : 0;
        ulong filled = isFull ? Fill(mounted.Volume, (filler, 0), RoomToAge) : 0;
        var workload = new VolumeWorkload(mounted, container, reference, plan);
        workload.Run(StepsOfAging);
        _ = isFull ? Fill(mounted.Volume, (filler, filled), RoomLeft) : 0;
        workload.Reopen();
        workload.Mounted.Close();
        history = workload.History;
        Image = disk.ImageAfterKill().Freeze();
    }

    /// <summary>Room enough on the host that containers punch.</summary>
    public static long HostBytes { get; } = 4L << 30;

    public DiskImage Image { get; }

    /// <param name="container">The kind of container.</param>
    /// <param name="isFull">Little room is left, and no growth.</param>
    public static AgedVolume Of(TestContainer container, bool isFull) =>
        Made.GetOrAdd((container, isFull), key => new Lazy<AgedVolume>(() => new AgedVolume(key.Item1, key.Item2))).Value;

    /// <summary>Opens it on a disk that begins with its image, and begins a workload there.</summary>
    public VolumeWorkload Begin(SimulatedDisk disk, VolumePlan plan)
    {
        SimulatedVolume mounted = SimulatedVolume.Open(container, disk, plan);
        ReferenceFileSystem reference = new VolumeVerifier(mounted.Volume, history.Operation - 1, diskOperation: 0).Verify(history.FileSystem);
        return new VolumeWorkload(mounted, container, reference, plan);
    }

    /// <summary>A file that nobody touches: it takes all room but a little.</summary>
    private static ulong MakeFiller(Volume volume, ReferenceFileSystem reference)
    {
        byte[] name = System.Text.Encoding.UTF8.GetBytes(VolumeVerifier.FillerName);
        const uint Mode = ModeBits.Regular | 0x180;
        ReferenceNode filler = ReferenceFileSystem.Make(reference.Root, VolumeVerifier.FillerName, Mode, []).Value;
        filler.Ino = Now.Do(volume.MakeNodeAsync(Caller.Engine, FsLimits.RootInode, name, new NewNode(Mode, 0, default))).Value.Ino;
        return filler.Ino;
    }

    /// <summary>Appends to the filler until no more than this room is left; its length then.</summary>
    private static ulong Fill(Volume volume, (ulong Ino, ulong Length) filler, ulong room)
    {
        byte[] piece = new byte[FillerPiece];
        ulong offset = filler.Length;
        while (Now.Do(volume.GetStatisticsAsync(Caller.Engine)).Value is var left && left.AvailableBlocks * left.BlockSize > room)
        {
            FsResult<int> written = Now.Do(volume.WriteAsync(Caller.Engine, new FileSpan(filler.Ino, 0, offset), piece, WriteFlags.None));
            if (!written.Ok)
            {
                break;
            }

            offset += FillerPiece;
        }

        Now.Do(volume.SyncAsync(Caller.Engine, filler.Ino, dataOnly: false));
        return offset;
    }
}
