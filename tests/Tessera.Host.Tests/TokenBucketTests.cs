using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Limiting;

namespace Tessera.Host.Tests;

/// <summary>A session gets its rate, in the order of arrival, and nobody starves.</summary>
public sealed class TokenBucketTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public void A_seconds_worth_comes_at_once_and_the_rest_at_the_rate()
    {
        var bucket = new TokenBucket(100, clock);

        for (int i = 0; i < 100; i++)
        {
            bucket.Take(1).ShouldBe(TimeSpan.Zero, $"{i}");
        }

        Milliseconds(bucket.Take(1)).ShouldBe(10);
        Milliseconds(bucket.Take(1)).ShouldBe(20);
        clock.Advance(TimeSpan.FromMilliseconds(20));
        Milliseconds(bucket.Take(1)).ShouldBe(10);
        clock.Advance(TimeSpan.FromHours(1));
        bucket.Take(100).ShouldBe(TimeSpan.Zero, "A pause gives a second's worth…");
        Milliseconds(bucket.Take(1)).ShouldBe(10, "…and no more");
    }

    [Fact]
    public void What_is_larger_than_the_bucket_waits_as_long_as_it_costs_and_those_behind_it_after_it()
    {
        var bucket = new TokenBucket(1000, clock);

        Milliseconds(bucket.Take(5000)).ShouldBe(4000);
        Milliseconds(bucket.Take(1)).ShouldBe(4001);
        clock.Advance(TimeSpan.FromMilliseconds(4001));
        bucket.Return(1000);
        bucket.Take(999).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Requests_wait_in_their_order_and_a_flood_of_one_class_lets_the_others_through()
    {
        var meters = new DelayMeters();
        LimitedFileSystem files = Limited(RateLimits.Parse("metadata=10,read=1000", bytes: null), meters);
        var order = new List<int>();
        Task[] lookups = [.. Enumerable.Range(0, 30).Select(i => LookAsync(i))];

        order.Count.ShouldBe(10, "A second's worth");
        (await files.ReadAsync(default, default, new byte[4096])).Error.ShouldBe(FsError.None);
        files.ReleaseAsync(1, 1).IsCompleted.ShouldBeTrue();
        clock.Advance(TimeSpan.FromMilliseconds(500));
        await WaitAsync(15);
        clock.Advance(TimeSpan.FromMilliseconds(1500));
        await Task.WhenAll(lookups);

        order.Order().ShouldBe(Enumerable.Range(0, 30));
        order[..15].Order().ShouldBe(Enumerable.Range(0, 15));
        (RequestClass _, long count, TimeSpan time) = meters.Read().Single(reading => reading.Class == RequestClass.Metadata);
        count.ShouldBe(20);
        time.TotalSeconds.ShouldBe(21, 0.01, "0.1 + 0.2 + … + 2.0");

        async Task LookAsync(int number)
        {
            await files.LookupAsync(default, 1, new byte[1]);
            lock (order)
            {
                order.Add(number);
            }
        }

        Task WaitAsync(int count) => Task.Run(() => SpinWait.SpinUntil(() => { lock (order) { return order.Count >= count; } }, TimeSpan.FromSeconds(30)).ShouldBeTrue());
    }

    [Fact]
    public async Task Bytes_are_counted_by_what_was_read_and_each_way_for_itself()
    {
        LimitedFileSystem files = Limited(RateLimits.Parse(operations: null, "1M/s"), new DelayMeters());
        byte[] large = new byte[1 << 20];

        for (int i = 0; i < 8; i++)
        {
            (await files.ReadAsync(default, default, large)).Value.ShouldBe(0); // It has read nothing, and is given back what it paid.
        }

        files.WriteAsync(default, default, large, WriteFlags.None).IsCompleted.ShouldBeTrue();
        ValueTask<FsResult<int>> second = files.WriteAsync(default, default, large, WriteFlags.None);
        second.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        (await second).Error.ShouldBe(FsError.None);
    }

    [Fact]
    public async Task Who_need_not_wait_allocates_nothing()
    {
        LimitedFileSystem files = Limited(RateLimits.Parse("1000000000", "100G"), new DelayMeters());
        byte[] buffer = new byte[4096];
        await RunAsync(1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        await RunAsync(10_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000, "Less than a byte for each");

        async ValueTask RunAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                await files.ReadAsync(default, default, buffer);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_is_cancelled_or_whose_session_is_over_waits_no_longer(bool isOver)
    {
        using var gone = new CancellationTokenSource();
        LimitedFileSystem files = Limited(RateLimits.Parse("1", bytes: null), new DelayMeters(), isOver ? gone : null);
        files.GetAttributesAsync(default, 1).IsCompleted.ShouldBeTrue();
        Task<FsResult<InodeAttributes>> waiting = files.GetAttributesAsync(isOver ? default : new Caller { Cancellation = gone.Token }, 1).AsTask();

        waiting.IsCompleted.ShouldBeFalse();
        gone.Cancel();
        SpinWait.SpinUntil(() => waiting.IsCompleted, TimeSpan.FromSeconds(30)).ShouldBeTrue();
    }

    /// <summary>Two sessions have what one has, in the order in which they come; what the one has of its own does not count for the other.</summary>
    [Fact]
    public void Sessions_with_one_token_share_its_rate()
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var rates = new TokenRates(RateLimits.Parse("10", "1M"), clock);
        RateBuckets own = new(RateLimits.Parse("1000", bytes: null), clock);
        RateBuckets shared = rates.Join("a", first.Token);
        var meters = new DelayMeters();
        var one = new SessionLimiter(own, shared, meters, clock, first.Token);
        var other = new SessionLimiter(own: null, rates.Join("a", second.Token), meters, clock, second.Token);
        var stranger = new SessionLimiter(own: null, rates.Join("b", CancellationToken.None), meters, clock, default);

        for (int i = 0; i < 5; i++)
        {
            one.WaitAsync(RequestClass.Metadata, default).IsCompleted.ShouldBeTrue();
            other.WaitAsync(RequestClass.Metadata, default).IsCompleted.ShouldBeTrue();
        }

        one.WaitAsync(RequestClass.Metadata, default).IsCompleted.ShouldBeFalse();
        other.WaitAsync(RequestClass.Metadata, default).IsCompleted.ShouldBeFalse();
        stranger.WaitAsync(RequestClass.Metadata, default).IsCompleted.ShouldBeTrue();
        other.WaitAsync(RequestClass.Read, default, 1 << 20).IsCompleted.ShouldBeTrue();
        one.WaitAsync(RequestClass.Read, default, 1 << 16).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void Who_ends_a_session_and_begins_another_has_gained_nothing_and_what_is_paid_for_is_forgotten()
    {
        var rates = new TokenRates(RateLimits.Parse("10", bytes: null), clock);
        using var first = new CancellationTokenSource();
        RateBuckets before = rates.Join("a", first.Token);
        _ = before.Take(RequestClass.Read, 0);
        first.Cancel();

        using var second = new CancellationTokenSource();
        rates.Join("a", second.Token).ShouldBeSameAs(before);
        second.Cancel();
        clock.Advance(TimeSpan.FromSeconds(1));
        using var third = new CancellationTokenSource();
        rates.Join("b", third.Token).ShouldNotBeSameAs(before);
        rates.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("read=1,read=2")]
    [InlineData("reads=1")]
    [InlineData("read=")]
    [InlineData("99999999999999999999")]
    public void What_is_no_rate_is_refused(string text) => Should.Throw<CommandException>(() => RateLimits.Parse(text, bytes: null)).Code.ShouldBe(ExitCode.Usage);

    [Fact]
    public void Rates_are_read_as_they_are_written()
    {
        RateLimits.Parse("500/s", "20M/s").ShouldSatisfyAllConditions(limits => limits.Operations.ShouldBe([500L, 500L, 500L]), limits => limits.Bytes.ShouldBe(20L << 20));
        RateLimits.Parse("write=7/s", bytes: null).Operations.ShouldBe([null, null, 7L]);
        RateLimits.Parse(operations: null, bytes: null).IsNone.ShouldBeTrue();
        Should.Throw<CommandException>(() => RateLimits.Parse(operations: null, "0"));
    }

    private LimitedFileSystem Limited(RateLimits limits, DelayMeters meters, CancellationTokenSource? over = null) =>
        new(new EmptyFileSystem(AnsweringFileSystem.Create(Task.CompletedTask)), new SessionLimiter(new RateBuckets(limits, clock), shared: null, meters, clock, over?.Token ?? default));

    private static int Milliseconds(TimeSpan time) => (int)Math.Round(time.TotalMilliseconds);
}
