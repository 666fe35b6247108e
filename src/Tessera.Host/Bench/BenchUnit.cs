namespace Tessera.Host.Bench;

/// <summary>What a workload counts.</summary>
internal enum BenchUnit
{
    Bytes,
    Calls,
}
