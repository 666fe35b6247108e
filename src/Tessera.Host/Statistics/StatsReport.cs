using Tessera.Host.Metering;
using Tessera.Host.Serving;

namespace Tessera.Host.Statistics;

/// <summary>What "tessera stats" prints: the shape of its JSON (docs/guide/profiling.md). Fields may be added; none changes its meaning while <see cref="Schema"/> stays.</summary>
internal sealed record StatsReport
{
    public int Schema { get; init; } = 1;

    public required double UptimeSeconds { get; init; }

    /// <summary>Over which <see cref="Rates"/> and each call's interval are; null when only one reading was taken.</summary>
    public double? IntervalSeconds { get; init; }

    /// <summary>Operations of programs, as the kernel sends them.</summary>
    public required IReadOnlyList<CallReport> Operations { get; init; }

    /// <summary>What the volume asked of the disk.</summary>
    public required IReadOnlyList<CallReport> Disk { get; init; }

    public Rates? Rates { get; init; }

    public required CacheFacts Cache { get; init; }

    public required LogFacts Log { get; init; }

    public required SealFacts Sealing { get; init; }

    public required DecoyFacts Decoys { get; init; }

    public ParityFacts? Parity { get; init; }

    public required ReshuffleFacts Reshuffle { get; init; }

    public ResealFacts? Reseal { get; init; }

    public required MemoryFacts Memory { get; init; }

    public required SpaceFacts Space { get; init; }

    public required RequestFacts Requests { get; init; }

    /// <summary>Since the mount began, as one reading tells it.</summary>
    public static StatsReport Of(StatsFacts now) => Between(null, now);

    /// <summary>As <see cref="Of"/>, and what changed since an earlier reading of the same mount.</summary>
    public static StatsReport Between(StatsFacts? before, StatsFacts now)
    {
        // Two readings of one moment have no rates.
        double seconds = now.UptimeSeconds - before?.UptimeSeconds ?? 0;
        before = seconds > 0 ? before : null;
        return new StatsReport
        {
            UptimeSeconds = now.UptimeSeconds,
            IntervalSeconds = before is null ? null : seconds,
            Operations = Calls(before?.Operations, now.Operations, seconds),
            Disk = Calls(before?.Disk, now.Disk, seconds),
            Rates = before is null ? null : Rates.Between(before, now, seconds),
            Cache = now.Cache,
            Log = now.Log,
            Sealing = now.Sealing,
            Decoys = now.Decoys,
            Parity = now.Parity,
            Reshuffle = now.Reshuffle,
            Reseal = now.Reseal,
            Memory = now.Memory,
            Space = now.Space,
            Requests = now.Requests,
        };
    }

    private static List<CallReport> Calls(IReadOnlyList<CallReading>? before, IReadOnlyList<CallReading> now, double seconds)
    {
        var earlier = before?.ToDictionary(call => call.Name, StringComparer.Ordinal);
        return [.. now.Select(call => CallReport.Of(call) with
        {
            Interval = earlier is null ? null : CallInterval.Of(call.Since(earlier.GetValueOrDefault(call.Name)), seconds),
        })];
    }
}
