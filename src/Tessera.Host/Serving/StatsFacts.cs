using Tessera.Host.Metering;

namespace Tessera.Host.Serving;

/// <summary>What "tessera stats" tells: since the mount began, or as it is now.</summary>
internal sealed record StatsFacts
{
    /// <summary>The control request that asks for these.</summary>
    public const string Operation = "stats";

    public required double UptimeSeconds { get; init; }

    public required IReadOnlyList<OperationFigures> Operations { get; init; }

    public required CacheFacts Cache { get; init; }

    public required LogFacts Log { get; init; }

    public required MemoryFacts Memory { get; init; }

    public required SpaceFacts Space { get; init; }

    /// <summary>Threads that serve requests, blocked and parked ones included.</summary>
    public required int Threads { get; init; }
}
