namespace Tessera.Host.Tests;

/// <summary>A clock that goes when it is told to, with its timers, minute by minute.</summary>
internal sealed class ManualClock : TimeProvider
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(0.5);
    private readonly List<ManualTimer> timers = [];
    private long now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(() => callback(state), period.Ticks) { Due = now + dueTime.Ticks };
        timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        for (long end = now + time.Ticks; now < end;)
        {
            now += Math.Min(Step.Ticks, end - now);
            foreach (ManualTimer timer in timers.ToArray())
            {
                timer.FireUntil(now);
            }
        }
    }

    private sealed class ManualTimer(Action fire, long period) : ITimer
    {
        public long Due { get; set; }

        public void FireUntil(long time)
        {
            while (Due <= time)
            {
                Due = period > 0 ? Due + period : long.MaxValue;
                fire();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose() => Due = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
