using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Media;
using Tessera.Container.Repairing;
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
    /// <param name="line">Shows how far it is.</param>
    /// <param name="cancellation">Ends it; it is to be run again.</param>
    /// <exception cref="IOException">Beyond repair, no room, or a fault of the medium.</exception>
    public static async Task<RepairFacts> RunAsync(string path, IHostMedium medium, UnlockedVolume unlocked, ProgressLine line, CancellationToken cancellation)
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
            Progress = progress => line.Show("looking for what is left", progress.TotalSlots == 0 ? null : Math.Min(1, progress.DoneSlots / (double)progress.TotalSlots)),
        };
        var options = new ContainerOptions { Host = HostIdentity.Current };
        await using ContainerStore store = ContainerRepair.Open(medium, unlocked.Key.Span, options, checking, out SalvageReport container);
        VolumeRepairReport volume = await VolumeRepair.RunAsync(store, store.LostRanges, SystemClock.Instance, () => line.Show("repairing files", part: null), cancellation);
        await store.ForgetLostAsync();
        return RepairFacts.Of(container, volume);
    }

    private static void HealVeil(VeiledMedium veil, KeyHeaderChoice keys)
    {
        if (keys.NeedsRepair)
        {
            KeyStorage.Write(veil, keys.Header, keys.IsSecond);
        }
    }
}
