using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Alarms;

/// <summary>Watches the rates of one mount.</summary>
internal sealed class AlarmGuard
{
    /// <summary>A shorter wait is let pass: the time is owed, and waited for later.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly AlarmAction action;
    private readonly AlarmGauge?[] gauges;
    private readonly TimeProvider time;
    private readonly Action<RaisedAlarm> raised;
    private long count;
    private volatile bool isLocked;
    private volatile string? latest;

    /// <param name="settings">The rates, and what to do.</param>
    /// <param name="time">The clock.</param>
    /// <param name="raised">Told of each alarm, on the thread of the request that exceeded the rate.</param>
    public AlarmGuard(AlarmSettings settings, TimeProvider time, Action<RaisedAlarm> raised)
    {
        action = settings.Action;
        this.time = time;
        this.raised = raised;
        gauges = [Gauge(settings.Reads), Gauge(settings.Deletes)];

        AlarmGauge? Gauge(AlarmRate rate) => rate.IsOff ? null : new AlarmGauge(rate, time);
    }

    /// <summary>Alarms raised since the volume was mounted.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Nothing is opened, read or changed any more.</summary>
    public bool IsLocked => isLocked;

    /// <summary>The last alarm, in words; null: there was none.</summary>
    public string? Latest => latest;

    /// <summary>Counts what is about to be done, or has been read and is about to be handed over.</summary>
    /// <returns>Other than none: it must not be.</returns>
    public ValueTask<FsError> PassAsync(AlarmKind kind, long units, in Caller caller)
    {
        if (isLocked)
        {
            return new(FsError.AccessDenied);
        }

        if (gauges[(int)kind] is not { } gauge)
        {
            return new(FsError.None);
        }

        if (gauge.Add(units, out TimeSpan wait))
        {
            Raise(new RaisedAlarm(kind, gauge.Rate, caller));
        }

        return isLocked ? new(FsError.AccessDenied) : action == AlarmAction.Throttle && wait >= Shortest ? WaitAsync(wait, caller.Cancellation) : new(FsError.None);
    }

    private void Raise(in RaisedAlarm alarm)
    {
        Interlocked.Increment(ref count);
        latest = alarm.ToString();
        isLocked = action == AlarmAction.Lock;
        raised(alarm);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsError> WaitAsync(TimeSpan wait, CancellationToken cancellation)
    {
        await Task.Delay(wait, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return cancellation.IsCancellationRequested ? FsError.Interrupted : FsError.None;
    }
}
