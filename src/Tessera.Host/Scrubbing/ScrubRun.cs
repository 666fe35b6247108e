using System.Diagnostics;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Scrubbing;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Opening;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Damage;

namespace Tessera.Host.Scrubbing;

/// <summary>Scrubs an open volume: by the command when it is not mounted, by its daemon when it is.</summary>
internal static class ScrubRun
{
    /// <summary>Ranges named at most: an answer has to fit a line of the control socket.</summary>
    private const int MaxRanges = 2000;

    /// <param name="store">The volume, open.</param>
    /// <param name="path">Its path, for the key slots.</param>
    /// <param name="bytesPerSecond">Read so fast at most; 0: no bound.</param>
    /// <param name="progress">Told about once a second; what it throws ends the scrub.</param>
    /// <param name="cancellation">Ends it; what was found so far is told.</param>
    /// <exception cref="MediumException">A fault has turned the volume read-only, or it is too full to be scrubbed while it changes.</exception>
    public static async Task<ScrubFacts> RunAsync(ContainerStore store, string path, long bytesPerSecond, Action<ControlReply> progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        ScrubPlace[] keySlots = [.. ScrubKeySlots(store, path)];
        var options = new ScrubOptions
        {
            Blocks = VolumeBlocks.TryReadBlock,
            BytesPerSecond = bytesPerSecond,
            Progress = at => progress(new ControlReply { Doing = DoingOf(at), Done = PartOf(at) }),
            Cancellation = cancellation,
        };
        ScrubReport report = await Task.Run(() => ContainerScrub.Run(store, options), CancellationToken.None);
        var locator = new DamageLocator(store, () => progress(new ControlReply { Doing = "naming what is damaged" }));
        IReadOnlyList<LostRange> lost = await locator.LocateAsync([.. DamagedBlocks(report)], MaxRanges);
        return ScrubFacts.Of(report, keySlots, lost, Stopwatch.GetElapsedTime(started));
    }

    private static IEnumerable<(ulong Ino, ulong Address)> DamagedBlocks(ScrubReport report)
    {
        foreach (ScrubFinding found in report.Findings)
        {
            if (found.Finding is { Kind: FindingKind.BlockDamaged, Address: { } address } && DamageLocator.FileOf(found.Finding.Key) is { } ino)
            {
                yield return (ino, address);
            }
        }
    }

    /// <summary>At most one finding.</summary>
    private static IEnumerable<ScrubPlace> ScrubKeySlots(ContainerStore store, string path)
    {
        // In a scattered volume they are under one seal with the header, which the container's own scrub looks at.
        if (store.Header.Profile == ContainerProfile.Scattered || KeySlotCheck.AreWhole(path))
        {
            yield break;
        }

        bool isHealed = false;
        if (!store.IsReadOnly)
        {
            try
            {
                KeySlotCheck.Heal(path);
                isHealed = KeySlotCheck.AreWhole(path);
            }
            catch (MediumException)
            {
                // A change of keys is under way, which writes both copies: told as not healed, and looked at by the next scrub.
            }
        }

        yield return ScrubPlace.KeySlots(isHealed);
    }

    private static string DoingOf(ScrubProgress at) => at.Findings == 0 ? "scrubbing" : $"scrubbing, {at.Findings} damaged so far";

    /// <summary>Null when it is not known how much there is to do.</summary>
    private static double? PartOf(ScrubProgress at) => at.ExpectedBytes == 0 ? null : Math.Min(1, at.Bytes / (double)at.ExpectedBytes);
}
