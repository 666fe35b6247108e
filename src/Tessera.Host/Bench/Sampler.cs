using System.Diagnostics;
using Tessera.Host.Metering;

namespace Tessera.Host.Bench;

/// <summary>Times one call after another, until the time for all of them is over.</summary>
internal sealed class Sampler
{
    private readonly long[] _buckets = new long[LatencyBuckets.Count];
    private readonly TimeSpan _limit;
    private readonly CancellationToken _cancellation;
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _callBegan;
    private long _units;

    public Sampler(TimeSpan limit, CancellationToken cancellation)
    {
        _limit = limit;
        _cancellation = cancellation;
    }

    /// <summary>Whether to go on; call it before each <see cref="Begin"/>.</summary>
    /// <exception cref="OperationCanceledException">The user has had enough.</exception>
    public bool HasTime
    {
        get
        {
            _cancellation.ThrowIfCancellationRequested();
            return Stopwatch.GetElapsedTime(_began) < _limit;
        }
    }

    /// <summary>One call begins.</summary>
    public void Begin() => _callBegan = Stopwatch.GetTimestamp();

    /// <summary>It has ended, and did so many units: calls, or bytes.</summary>
    public void End(long units)
    {
        _buckets[LatencyBuckets.IndexOf((long)Stopwatch.GetElapsedTime(_callBegan).TotalNanoseconds)]++;
        _units += units;
    }

    /// <summary>All calls are over, and what belongs to all of them (an fsync) too.</summary>
    public Measurement Finish()
    {
        var latencies = new CallReading(string.Empty, 0, 0, 0) { Buckets = _buckets };
        return new Measurement(_units / Math.Max(Stopwatch.GetElapsedTime(_began).TotalSeconds, 1e-9), latencies.QuantileUs(0.50), latencies.QuantileUs(0.99));
    }
}
