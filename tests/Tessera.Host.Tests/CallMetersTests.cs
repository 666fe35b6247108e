using System.Diagnostics;
using Tessera.Host.Metering;
using Tessera.Host.Statistics;

namespace Tessera.Host.Tests;

public sealed class CallMetersTests
{
    [Fact]
    public void Every_latency_falls_into_a_bucket_that_ends_at_most_an_eighth_above_it()
    {
        for (long value = 0; value < 1L << 40; value = (value * 9 / 8) + 1)
        {
            long upper = LatencyBuckets.UpperBound(LatencyBuckets.IndexOf(value));
            upper.ShouldBeGreaterThanOrEqualTo(value);
            (upper - value).ShouldBeLessThanOrEqualTo(value / 8);
        }
    }

    [Fact]
    public void Buckets_touch_without_gap_or_overlap()
    {
        for (int i = 0; i < LatencyBuckets.Count - 1; i++)
        {
            LatencyBuckets.IndexOf(LatencyBuckets.UpperBound(i)).ShouldBe(i);
            LatencyBuckets.IndexOf(LatencyBuckets.UpperBound(i) + 1).ShouldBe(i + 1);
        }
    }

    [Fact]
    public void What_is_recorded_by_many_threads_is_all_counted()
    {
        var meters = new CallMeters<Operation>();
        long longAgo = Stopwatch.GetTimestamp() - Stopwatch.Frequency;
        Parallel.For(0, 10_000, i => meters.Record(i % 2 == 0 ? Operation.Read : Operation.Lookup, longAgo, ok: i % 10 != 0, bytes: i % 2 == 0 ? 100 : 0));

        IReadOnlyList<CallReading> readings = meters.Read();

        readings.Select(reading => reading.Name).ShouldBe(["lookup", "read"]);
        CallReport read = CallReport.Of(readings[1]);
        (read.Count, read.Errors, read.Bytes).ShouldBe((5_000, 1_000, 500_000));
        read.P50Us.ShouldBeInRange(1e6, 5e6);
        read.MeanUs.ShouldBeInRange(1e6, 5e6);
        read.MaxUs.ShouldBeGreaterThanOrEqualTo(read.P99Us);
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var meters = new CallMeters<Operation>();
        meters.Record(Operation.Write, Stopwatch.GetTimestamp(), ok: true, bytes: 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
        {
            meters.Record(Operation.Write, Stopwatch.GetTimestamp(), ok: true, bytes: 1);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
