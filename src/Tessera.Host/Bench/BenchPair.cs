namespace Tessera.Host.Bench;

/// <summary>Where one health check measures.</summary>
/// <param name="Mount">In the mount.</param>
/// <param name="Native">In the file system beneath; null where it cannot be written to.</param>
/// <param name="Plan">How much.</param>
internal sealed record BenchPair(BenchPlace Mount, BenchPlace? Native, BenchPlan Plan);
