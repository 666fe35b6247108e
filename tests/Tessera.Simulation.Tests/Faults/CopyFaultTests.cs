using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>copy_file_range(2) of a file whose extents take several batches: what it says is what is there, whichever of its reads and writes fails.</summary>
[Trait("Campaign", "fault")]
public sealed class CopyFaultTests
{
    private const int Length = 3_000_000;

    /// <summary>Single slots: as many extents as it gets.</summary>
    private static readonly TestContainer s_container = new(ContainerProfile.Plain, PlacementKind.Scattered);

    [Theory]
    [InlineData(DiskOperations.Read)]
    [InlineData(DiskOperations.CachedWrite)]
    public async Task A_copy_that_fails_half_way_says_how_far_it_came(DiskOperations operations)
    {
        Copied whole = await CopyAsync(operations, failing: 0);
        whole.Result.Value.ShouldBe((ulong)Length);
        whole.Found.SequenceEqual(VolumeScript.Pattern(Length, 1)).ShouldBeTrue();
        whole.Calls.ShouldBeGreaterThan(1);
        int halves = 0;
        for (int failing = 1; failing <= whole.Calls; failing++)
        {
            Copied copied = await CopyAsync(operations, failing);
            int told = copied.Result.Ok ? (int)copied.Result.Value : 0;
            copied.Found.SequenceEqual(VolumeScript.Pattern(Length, 1)[..told]).ShouldBeTrue($"{operations} {failing} of {whole.Calls} fails: told of {told} bytes, {copied.Found.Length} are there");
            halves += told is > 0 and < Length ? 1 : 0;
        }

        halves.ShouldBeGreaterThan(0);
    }

    /// <param name="operations">What fails.</param>
    /// <param name="failing">From which of the copy's calls of the medium on; 0 for none.</param>
    private static async Task<Copied> CopyAsync(DiskOperations operations, int failing)
    {
        var disk = new SimulatedDisk(new SimulatedDiskOptions { Seed = 1, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes });
        s_container.Format(disk);
        ContainerStore store = s_container.Open(disk.Open(), TestContainer.Deterministic());
        await Volume.FormatAsync(store, new SteppingClock(), VolumeState.Root);
        Volume volume = await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());
        ulong from = await MakeAsync(volume, "from");
        ulong to = await MakeAsync(volume, "to");
        await volume.WriteAsync(VolumeState.Root, new FileSpan(from, 0, 0), VolumeScript.Pattern(Length, 1), WriteFlags.None);
        (await volume.FlushAsync(VolumeState.Root, from, 0)).ShouldBe(FsError.None);
        await volume.CloseAsync();
        await store.DisposeAsync();

        // Nothing of the tree is in memory.
        store = s_container.Open(disk.Open(), TestContainer.Deterministic());
        volume = await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());
        long before = disk.Counters.Operations(operations);
        if (failing > 0)
        {
            disk.Faults.Fail(operations, failing, int.MaxValue);
        }

        FsResult<ulong> result;
        try
        {
            result = await volume.CopyRangeAsync(VolumeState.Root, new FileSpan(from, 0, 0), new FileSpan(to, 0, 0), Length);
        }
        catch (IOException)
        {
            result = FsError.IO;
        }

        long calls = disk.Counters.Operations(operations) - before;
        disk.Faults.Clear();
        byte[] found = new byte[Length];
        FsResult<int> read = await volume.ReadAsync(VolumeState.Root, new FileSpan(to, 0, 0), found);
        disk.Kill();
        store.Abandon();
        return new Copied(result, found[..read.Value], calls);
    }

    private static async Task<ulong> MakeAsync(Volume volume, string name) =>
        (await volume.MakeNodeAsync(VolumeState.Root, FsLimits.RootInode, VolumeScript.Name(name), new NewNode(VolumeScript.FileMode, 0, default))).Value.Ino;

    private sealed record Copied(FsResult<ulong> Result, byte[] Found, long Calls);
}
