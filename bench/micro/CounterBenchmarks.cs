using BenchmarkDotNet.Attributes;
using Tessera.Core;

namespace Tessera.MicroBenchmarks;

/// <summary>What counting one thing costs a hot path.</summary>
public class CounterBenchmarks
{
    private readonly StripedCounter counter = new();

    [Benchmark]
    public void Add() => counter.Increment();
}
