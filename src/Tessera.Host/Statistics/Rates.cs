using Tessera.Core;
using Tessera.Host.Serving;

namespace Tessera.Host.Statistics;

/// <summary>What happened each second of an interval, on average.</summary>
internal sealed record Rates
{
    /// <summary>Operations of programs, of all kinds.</summary>
    public required double Operations { get; init; }

    public required double ReadBytes { get; init; }

    public required double WrittenBytes { get; init; }

    /// <summary>Changes of the volume, each acknowledged when its log record is written.</summary>
    public required double Commits { get; init; }

    /// <summary>Commits that became safe from a power cut.</summary>
    public required double DurableCommits { get; init; }

    /// <summary>Appends to the log: fewer than commits when several went together.</summary>
    public required double LogRecords { get; init; }

    public required double LogBytes { get; init; }

    public required double Checkpoints { get; init; }

    public required double SealedBytes { get; init; }

    public required double OpenedBytes { get; init; }

    /// <summary>Objects the daemon made.</summary>
    public required double AllocatedBytes { get; init; }

    /// <summary>Garbage collections.</summary>
    public required double Collections { get; init; }

    /// <summary>Milliseconds that all threads stood still for them.</summary>
    public required double PausedMs { get; init; }

    /// <summary>Which part of the askings each cache answered.</summary>
    public required HitRates Hits { get; init; }

    public static Rates Between(StatsFacts before, StatsFacts now, double seconds) => new()
    {
        Operations = (now.Operations.Sum(call => call.Count) - before.Operations.Sum(call => call.Count)) / seconds,
        ReadBytes = (BytesOf(now, "read") - BytesOf(before, "read")) / seconds,
        WrittenBytes = (BytesOf(now, "write") - BytesOf(before, "write")) / seconds,
        Commits = (now.Log.Commits - before.Log.Commits) / seconds,
        DurableCommits = (now.Log.DurableCommits - before.Log.DurableCommits) / seconds,
        LogRecords = (now.Log.Records - before.Log.Records) / seconds,
        LogBytes = (now.Log.AppendedBytes - before.Log.AppendedBytes) / seconds,
        Checkpoints = (now.Log.Checkpoints - before.Log.Checkpoints) / seconds,
        SealedBytes = (now.Sealing.SealedBytes - before.Sealing.SealedBytes) / seconds,
        OpenedBytes = (now.Sealing.OpenedBytes - before.Sealing.OpenedBytes) / seconds,
        AllocatedBytes = (now.Memory.AllocatedBytes - before.Memory.AllocatedBytes) / seconds,
        Collections = (now.Memory.Collections - before.Memory.Collections) / seconds,
        PausedMs = (now.Memory.PausedMs - before.Memory.PausedMs) / seconds,
        Hits = HitRates.Between(before.Cache, now.Cache),
    };

    private static long BytesOf(StatsFacts facts, string operation) => facts.Operations.FirstOrDefault(call => call.Name == operation)?.Bytes ?? 0;
}
