using Tessera.Host.Metering;

namespace Tessera.Host.Serving;

/// <summary>A reading of a daemon's meters: sums since the mount began, and states as they are now. The command makes rates of two of them.</summary>
internal sealed record StatsFacts
{
    /// <summary>The control request that asks for these.</summary>
    public const string Operation = "stats";

    public required double UptimeSeconds { get; init; }

    public required IReadOnlyList<CallReading> Operations { get; init; }

    public required IReadOnlyList<CallReading> Disk { get; init; }

    public required CacheFacts Cache { get; init; }

    public required LogFacts Log { get; init; }

    public required SealFacts Sealing { get; init; }

    public required DecoyFacts Decoys { get; init; }

    /// <summary>Null without parity.</summary>
    public ParityFacts? Parity { get; init; }

    public required ReshuffleFacts Reshuffle { get; init; }

    /// <summary>Null when no rotation of the key was under way when the mount began.</summary>
    public ResealFacts? Reseal { get; init; }

    public required MemoryFacts Memory { get; init; }

    public required SpaceFacts Space { get; init; }

    public required RequestFacts Requests { get; init; }
}
