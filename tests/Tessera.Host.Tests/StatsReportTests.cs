using System.Text.Json;
using Tessera.Core;
using Tessera.Host.CommandLine;
using Tessera.Host.Metering;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.Tests;

/// <summary>What two readings of a daemon's meters say of the time between them.</summary>
public sealed class StatsReportTests
{
    [Fact]
    public void One_reading_has_no_rates()
    {
        StatsReport report = StatsReport.Of(Reading(10, lookups: [0, 5]));

        report.IntervalSeconds.ShouldBeNull();
        report.Rates.ShouldBeNull();
        report.Operations.Single().Interval.ShouldBeNull();
        report.Operations.Single().Count.ShouldBe(5);
    }

    [Fact]
    public void Two_readings_give_the_interval_its_own_percentiles()
    {
        // 90 calls of 1 ns before; then 10 of 5 ns: the whole has its median at 1, the interval at 5.
        StatsReport report = StatsReport.Between(Reading(10, lookups: [0, 90]), Reading(12, lookups: [0, 90, 0, 0, 0, 10]));

        report.IntervalSeconds.ShouldBe(2);
        CallReport lookup = report.Operations.Single();
        (lookup.Count, lookup.P50Us, lookup.MaxUs).ShouldBe((100, 0.001, 0.005));
        CallInterval now = lookup.Interval!;
        (now.Count, now.PerSecond, now.P50Us, now.P99Us).ShouldBe((10, 5, 0.005, 0.005));
        report.Rates!.Operations.ShouldBe(5);
    }

    [Fact]
    public void An_operation_that_had_not_happened_before_is_all_in_the_interval()
    {
        StatsReport report = StatsReport.Between(Reading(1, lookups: []) with { Operations = [] }, Reading(2, lookups: [3]));

        report.Operations.Single().Interval!.Count.ShouldBe(3);
    }

    [Fact]
    public void A_cache_that_nobody_asked_has_no_hit_rate()
    {
        StatsFacts before = Reading(1, lookups: [1]);
        StatsFacts now = Reading(2, lookups: [1]);
        now = now with { Cache = now.Cache with { Names = new CacheCounters(0, 10, Hits: 3, Misses: 1) } };

        HitRates hits = StatsReport.Between(before, now).Rates!.Hits;

        hits.Names.ShouldBe(0.75);
        hits.Blocks.ShouldBeNull();
    }

    [Fact]
    public void Two_readings_of_one_moment_are_one()
    {
        StatsFacts now = Reading(1, lookups: [1]);

        StatsReport.Between(now, now).Rates.ShouldBeNull();
    }

    [Fact]
    public void A_reading_arrives_over_the_control_socket_as_it_was()
    {
        StatsFacts sent = Reading(7.5, lookups: [0, 4, 0, 2]);

        StatsFacts received = JsonSerializer.SerializeToElement(sent, HostJson.Default.StatsFacts).Deserialize(HostJson.Default.StatsFacts)!;

        received.Operations.Single().Buckets.ShouldBe([0, 4, 0, 2]);
        received.Operations.Single().Count.ShouldBe(6);
        received.Cache.Blocks.ShouldBe(sent.Cache.Blocks);
    }

    private static StatsFacts Reading(double uptime, IReadOnlyList<long> lookups) => new()
    {
        UptimeSeconds = uptime,
        Operations = [new CallReading("lookup", 0, 0, 0) { Buckets = lookups }],
        Disk = [],
        Cache = new CacheFacts
        {
            DirtyBytes = 0,
            DirtyPeakBytes = 0,
            DirtyLimitBytes = 1,
            DirtyInodes = 0,
            Inodes = 0,
            InodesKnownToKernel = 0,
            InodesKnownToKernelBytes = 0,
            OpenFiles = 0,
            Orphans = 0,
            Blocks = new CacheCounters(1, 2, 3, 4),
            Nodes = default,
            Names = default,
            InodeRecords = default,
        },
        Log = new LogFacts(1, 1, 0, 1, 0, 1, 0, 0),
        Sealing = new SealFacts(0, 0),
        Decoys = new DecoyFacts(0, 0),
        Reshuffle = new ReshuffleFacts(0),
        Memory = new MemoryFacts(0, 0, 0, 0, 0, 0, 0, 0, new MemoryUses(0, 0, 0, 0)),
        Space = new SpaceFacts(0, 0, 0),
        Requests = new RequestFacts(0, 1, null, 1, 0, 0, 0),
    };
}
