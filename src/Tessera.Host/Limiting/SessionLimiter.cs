using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Limiting;

/// <summary>The buckets of one session.</summary>
internal sealed class SessionLimiter
{
    /// <summary>A shorter wait is let pass: the time is owed, and waited for later.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly TokenBucket?[] operations;
    private readonly TokenBucket? bytesRead;
    private readonly TokenBucket? bytesWritten;
    private readonly DelayMeters meters;
    private readonly TimeProvider time;
    private readonly CancellationToken over;

    /// <param name="limits">The rates.</param>
    /// <param name="meters">Told of what waits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="over">The session is over: nothing waits any more, all of it fails beneath.</param>
    public SessionLimiter(RateLimits limits, DelayMeters meters, TimeProvider time, CancellationToken over)
    {
        this.meters = meters;
        this.time = time;
        this.over = over;
        operations = [.. limits.Operations.Select(Bucket)];
        bytesRead = Bucket(limits.Bytes);
        bytesWritten = Bucket(limits.Bytes);

        TokenBucket? Bucket(long? rate) => rate is { } perSecond ? new TokenBucket(perSecond, time) : null;
    }

    /// <summary>Completes when it is the request's turn.</summary>
    public ValueTask WaitAsync(RequestClass kind, in Caller caller, int bytes = 0)
    {
        TimeSpan wait = operations[(int)kind]?.Take(1) ?? TimeSpan.Zero;
        TimeSpan more = (bytes > 0 ? BytesOf(kind)?.Take(bytes) : null) ?? TimeSpan.Zero;
        wait = wait > more ? wait : more;
        return wait < Shortest ? default : DelayAsync(kind, wait, caller.Cancellation);
    }

    /// <summary>Fewer bytes were read than were asked for.</summary>
    public void Return(RequestClass kind, int bytes)
    {
        if (bytes > 0)
        {
            BytesOf(kind)?.Return(bytes);
        }
    }

    private TokenBucket? BytesOf(RequestClass kind) => kind == RequestClass.Write ? bytesWritten : bytesRead;

    /// <summary>Who goes away while it waits has had its turn: those behind it were told theirs.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DelayAsync(RequestClass kind, TimeSpan wait, CancellationToken cancellation)
    {
        meters.Record(kind, wait);
        using CancellationTokenSource? both = cancellation.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellation, over) : null;
        await Task.Delay(wait, time, both?.Token ?? over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
