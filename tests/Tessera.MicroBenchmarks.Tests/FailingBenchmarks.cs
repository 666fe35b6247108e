using BenchmarkDotNet.Attributes;

namespace Tessera.MicroBenchmarks.Tests;

/// <summary>A planted fault: the suite has to notice it.</summary>
public class FailingBenchmarks
{
    [Benchmark]
    public void Fails() => throw new InvalidOperationException("As planted.");
}
