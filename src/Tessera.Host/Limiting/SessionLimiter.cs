using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Limiting;

/// <summary>Says of each request of one session when it is its turn, by the session's own buckets and by those that all sessions with its token share.</summary>
/// <param name="own">Null: it has no rates of its own.</param>
/// <param name="shared">Null: tokens have none.</param>
/// <param name="meters">Told of what waits.</param>
/// <param name="time">The clock.</param>
/// <param name="over">The session is over: nothing waits any more, all of it fails beneath.</param>
internal sealed class SessionLimiter(RateBuckets? own, RateBuckets? shared, DelayMeters meters, TimeProvider time, CancellationToken over)
{
    /// <summary>A shorter wait is let pass: the time is owed, and waited for later.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Completes when it is the request's turn.</summary>
    public ValueTask WaitAsync(RequestClass kind, in Caller caller, int bytes = 0)
    {
        TimeSpan wait = own?.Take(kind, bytes) ?? TimeSpan.Zero;
        TimeSpan others = shared?.Take(kind, bytes) ?? TimeSpan.Zero;
        wait = wait > others ? wait : others;
        return wait < Shortest ? default : DelayAsync(kind, wait, caller.Cancellation);
    }

    /// <summary>Fewer bytes were read than were asked for.</summary>
    public void Return(RequestClass kind, int bytes)
    {
        if (bytes > 0)
        {
            own?.Return(kind, bytes);
            shared?.Return(kind, bytes);
        }
    }

    /// <summary>Who goes away while it waits has had its turn: those behind it were told theirs.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DelayAsync(RequestClass kind, TimeSpan wait, CancellationToken cancellation)
    {
        meters.Record(kind, wait);
        using CancellationTokenSource? both = cancellation.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellation, over) : null;
        await Task.Delay(wait, time, both?.Token ?? over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
