using Tessera.Container.Logging;
using Tessera.Container.Parity;
using Tessera.Container.Sealing;
using Tessera.Container.Veiling;

namespace Tessera.Container;

/// <summary>A container's figures at a moment.</summary>
/// <param name="LogBytes">Of the log, that a kept root may still need.</param>
/// <param name="LogCapacityBytes">What the log has room for.</param>
/// <param name="LogRecords">Appended since the open: each holds the commits that came while the one before was written.</param>
/// <param name="LogAppendedBytes">Appended since the open, with what fills up sectors.</param>
/// <param name="TableBytes">Memory of commits that are not in the tree yet.</param>
/// <param name="SealedBytes">Plain bytes sealed since the open.</param>
/// <param name="OpenedBytes">Sealed bytes opened since the open.</param>
public readonly record struct ContainerCounters(
    long LogBytes, long LogCapacityBytes, long LogRecords, long LogAppendedBytes, long TableBytes, long SealedBytes, long OpenedBytes)
{
    /// <summary>Slots of noise written to free ones since the open, beside what was real.</summary>
    public long DecoysWritten { get; init; }

    /// <summary>Of those, how many were left out because little was free.</summary>
    public long DecoysSkipped { get; init; }

    /// <summary>Of a container with parity: readings of stripes of which something had to be made anew.</summary>
    public long RebuiltStripes { get; init; }

    /// <summary>Slots that were damaged or lost and are written anew since the open.</summary>
    public long MendedSlots { get; init; }

    internal static ContainerCounters Of(LogWriter? log, long keptLogPosition, View view, SealCounters sealing, (DecoyMedium? Decoys, PacedMedium? Pace, ParityMedium? Parity) media) => new(
        log is null ? 0 : log.Position - keptLogPosition,
        log?.RingBytes ?? 0,
        log?.Records ?? 0,
        log?.AppendedBytes ?? 0,
        view.Active.Bytes + (view.Frozen?.Bytes ?? 0),
        sealing.SealedBytes,
        sealing.OpenedBytes)
    {
        DecoysWritten = (media.Decoys?.Written ?? 0) + (media.Pace?.Written ?? 0),
        DecoysSkipped = (media.Decoys?.Skipped ?? 0) + (media.Pace?.Skipped ?? 0),
        RebuiltStripes = media.Parity?.Rebuilt ?? 0,
        MendedSlots = media.Parity?.Mended ?? 0,
    };
}
