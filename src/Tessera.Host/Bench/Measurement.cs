namespace Tessera.Host.Bench;

/// <summary>What a workload reached in one place.</summary>
/// <param name="PerSecond">Bytes or calls.</param>
/// <param name="P50Us">Latency of a call that half did not exceed, µs.</param>
/// <param name="P99Us">That 99 of 100 did not exceed.</param>
internal sealed record Measurement(double PerSecond, double P50Us, double P99Us);
