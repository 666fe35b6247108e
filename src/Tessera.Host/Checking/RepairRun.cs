using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Media;
using Tessera.Container.Repairing;
using Tessera.Container.Scrubbing;
using Tessera.Container.Veiling;
using Tessera.Core;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Opening;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Repairing;

namespace Tessera.Host.Checking;

/// <summary>One repair of a volume that is not mounted: the container first, then what is in it.</summary>
internal static class RepairRun
{
    /// <param name="path">The volume.</param>
    /// <param name="medium">Open for writing; closed when this returns or throws.</param>
    /// <param name="unlocked">Its key.</param>
    /// <param name="run">What is done about an older volume than was seen, and what shows how far it is.</param>
    /// <param name="cancellation">Ends it; it is to be run again.</param>
    /// <exception cref="IOException">Beyond repair, no room, or a fault of the medium.</exception>
    public static async Task<RepairFacts> RunAsync(string path, IHostMedium medium, UnlockedVolume unlocked, (RollbackPolicy Rollback, ProgressLine Line) run, CancellationToken cancellation)
    {
        if (unlocked.Veil is { } veil)
        {
            HealVeil(veil, unlocked.Keys!);
        }
        else if (!KeySlotCheck.AreWhole(path))
        {
            KeySlotCheck.Heal(path);
        }

        var checking = new CheckOptions
        {
            Blocks = new VolumeBlocks().TryGetBlock,
            Cancellation = cancellation,
            Progress = progress => run.Line.Show("looking for what is left", progress.TotalSlots == 0 ? null : Math.Min(1, progress.DoneSlots / (double)progress.TotalSlots)),
        };
        ContainerOptions options = run.Rollback.ApplyTo(new ContainerOptions { Host = HostIdentity.Current }) with { Memory = null }; // The note was compared before; no state is seen in the middle of a repair.
        await using ContainerStore store = ContainerRepair.Open(medium, unlocked.Key.Span, options, checking, out SalvageReport container);
        VolumeRepairReport volume = await VolumeRepair.RunAsync(store, store.LostRanges, SystemClock.Instance, () => run.Line.Show("repairing files", part: null), cancellation);
        await store.ForgetLostAsync();
        if (store.Header.Stripes is not null)
        {
            Mend(store, run.Line, cancellation);
        }

        return RepairFacts.Of(container, volume);
    }

    /// <summary>Writes anew what parity makes good.</summary>
    private static void Mend(ContainerStore store, ProgressLine line, CancellationToken cancellation) => ContainerScrub.Run(store, new ScrubOptions
    {
        Blocks = VolumeBlocks.TryReadBlock,
        BytesPerSecond = 0,
        Progress = at => line.Show("making lost slots anew", at.ExpectedBytes == 0 ? null : Math.Min(1, at.Bytes / (double)at.ExpectedBytes)),
        Cancellation = cancellation,
    });

    private static void HealVeil(VeiledMedium veil, KeyHeaderChoice keys)
    {
        if (keys.NeedsRepair)
        {
            KeyStorage.Write(veil, keys.Header, keys.IsSecond);
        }
    }
}
