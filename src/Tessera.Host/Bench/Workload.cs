namespace Tessera.Host.Bench;

/// <summary>One row of the health check.</summary>
/// <param name="Name">As users see it.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="GoodShare">Of the speed of the file system beneath, what a healthy mount reaches: about half of what was measured on a quiet machine (docs/guide/profiling.md).</param>
/// <param name="ReferencePerSecond">What an ordinary disk with ext4 reaches, judged against where the one beneath cannot be written to.</param>
internal sealed record Workload(string Name, BenchUnit Unit, double GoodShare, double ReferencePerSecond)
{
    /// <summary>What to look at when it is slow: a sentence's rest.</summary>
    public required string Advice { get; init; }

    public required Func<BenchPlace, BenchPlan, CancellationToken, Measurement> Run { get; init; }
}
