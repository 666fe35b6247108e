using Tessera.Container;

namespace Tessera.Host.Serving;

/// <summary>The volume's log of commits (not the daemon's log of events).</summary>
/// <param name="Commits">The last commit's place in the one order of all.</param>
/// <param name="DurableCommits">Commits up to here survive a power cut.</param>
/// <param name="Checkpoints">Since the mount began.</param>
/// <param name="Generation">Of the newest root.</param>
/// <param name="Bytes">Of the log, that an open after a crash might read.</param>
/// <param name="LimitBytes">Its length: a checkpoint begins at a quarter of it.</param>
/// <param name="Records">Appends since the mount began.</param>
/// <param name="AppendedBytes">Bytes appended since the mount began.</param>
internal sealed record LogFacts(
    ulong Commits, ulong DurableCommits, long Checkpoints, ulong Generation, long Bytes, long LimitBytes, long Records, long AppendedBytes)
{
    public static LogFacts Of(ContainerStore store, in ContainerCounters counters) => new(
        store.LastSequence,
        store.DurableSequence,
        store.Checkpoints,
        store.Root.Generation,
        counters.LogBytes,
        counters.LogCapacityBytes,
        counters.LogRecords,
        counters.LogAppendedBytes);
}
