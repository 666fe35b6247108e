using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;
using Tessera.Volumes.Checking;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Does with a container what its users do: opens it, reads everything, changes something, closes it, checks it.</summary>
internal static class OpenedVolume
{
    /// <summary>Reads and writes of the medium that a sound sample needs some hundredth of.</summary>
    private const int Calls = 200_000;
    private const int MostPages = 10_000;
    private const int MostEntries = 10_000;
    private static readonly Caller s_root = new(0, 0, 1, Door.Internal, KernelChecked: true);

    /// <summary>Opens for writing, works, closes.</summary>
    public static void Use(DiskImage image)
    {
        var disk = new SimulatedDisk(image, SealedSample.DiskOptions);
        ContainerStore store = Open(disk, readOnly: false);
        try
        {
            ReadMap(store);
            UseVolume(store);
            store.Checkpoint();
            Wait(store.DisposeAsync());
        }
        catch
        {
            store.Abandon();
            throw;
        }
    }

    /// <summary>Opens for reading, and checks.</summary>
    public static void Check(DiskImage image)
    {
        var disk = new SimulatedDisk(image, SealedSample.DiskOptions);
        using (var medium = new BudgetMedium(disk.Open(readOnly: true), Calls))
        {
            var blocks = new VolumeBlocks();
            ContainerChecker.Check(medium, SealedSample.Container.VolumeKey, new CheckOptions { Blocks = blocks.TryGetBlock });
        }

        ContainerStore store = Open(disk, readOnly: true);
        try
        {
            Wait(VolumeChecker.CheckAsync(store, new VolumeCheckOptions { ReadBlocks = true }));
        }
        finally
        {
            store.Abandon();
        }
    }

    private static ContainerStore Open(SimulatedDisk disk, bool readOnly) => ContainerOpener.Open(
        new BudgetMedium(disk.Open(readOnly), Calls),
        SealedSample.Container.VolumeKey,
        Testing.Containers.TestContainer.Deterministic() with { ReadOnly = readOnly, Host = Testing.Containers.TestContainer.Host, NodeCacheBytes = 1 << 20, TableBytes = 1 << 20 });

    /// <summary>Every entry of the map, twice: by scan and by key.</summary>
    private static void ReadMap(ContainerStore store)
    {
        var page = new ScanPage(64 << 10);
        byte[] value = new byte[StoreLimits.MaxValue];
        byte[] from = [1];
        int pages = 0;
        do
        {
            Wait(store.ScanAsync(from, default, page));
            foreach (ScanPage.Entry entry in page)
            {
                Wait(store.GetAsync(entry.Key.ToArray(), value));
            }

            from = [.. page.LastKey, 0];
            if (++pages > MostPages)
            {
                throw new InvalidOperationException("The map has no end.");
            }
        }
        while (!page.Complete);
    }

    private static void UseVolume(ContainerStore store)
    {
        Volume volume = Wait(Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock()));
        var visitor = new VolumeVisitor(volume, s_root, MostEntries);
        Task.Run(visitor.VisitAsync).GetAwaiter().GetResult();
        Wait(volume.CloseAsync());
    }

    private static void Wait(ValueTask call) => call.AsTask().GetAwaiter().GetResult();

    private static T Wait<T>(ValueTask<T> call) => call.AsTask().GetAwaiter().GetResult();
}
