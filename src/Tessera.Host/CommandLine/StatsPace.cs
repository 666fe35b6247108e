namespace Tessera.Host.CommandLine;

/// <summary>How often statistics are read.</summary>
/// <param name="Interval">Between two readings.</param>
/// <param name="Count">Intervals, then it ends.</param>
internal sealed record StatsPace(TimeSpan Interval, int Count);
