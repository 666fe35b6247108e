using Tessera.Core.FileSystem;
using Tessera.Host.Alarms;

namespace Tessera.Host.Tests;

/// <summary>A rate that is exceeded raises one alarm, until it has been kept to for a while; what is done then is what was asked for.</summary>
public sealed class AlarmTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public void A_gauge_is_raised_once_and_again_only_after_half_of_the_rate_was_kept_to()
    {
        var gauge = new AlarmGauge(new AlarmRate(100, TimeSpan.FromMinutes(1)), clock);

        for (int i = 0; i < 100; i++)
        {
            gauge.Add(1, out TimeSpan none).ShouldBeFalse();
            none.ShouldBe(TimeSpan.Zero);
        }

        gauge.Add(1, out TimeSpan wait).ShouldBeTrue();
        wait.TotalMilliseconds.ShouldBe(600, 1);
        gauge.Add(1, out wait).ShouldBeFalse();
        wait.TotalMilliseconds.ShouldBe(1200, 1);
        clock.Advance(TimeSpan.FromMinutes(2));
        gauge.Add(60, out wait).ShouldBeFalse();
        wait.ShouldBe(TimeSpan.Zero);
        clock.Advance(TimeSpan.FromSeconds(30));
        gauge.Add(60, out _).ShouldBeTrue();
    }

    [Fact]
    public void What_is_done_evenly_below_the_rate_never_raises_it()
    {
        var gauge = new AlarmGauge(new AlarmRate(120, TimeSpan.FromMinutes(1)), clock);

        for (int i = 0; i < 10_000; i++)
        {
            gauge.Add(1, out _).ShouldBeFalse($"{i}");
            clock.Advance(TimeSpan.FromMilliseconds(550));
        }
    }

    [Fact]
    public void Nobody_waits_for_ever()
    {
        var gauge = new AlarmGauge(new AlarmRate(1, TimeSpan.FromDays(1)), clock);

        gauge.Add(1000, out TimeSpan wait).ShouldBeTrue();

        wait.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_locked_guard_lets_nothing_pass_and_a_warning_one_everything()
    {
        var raised = new List<RaisedAlarm>();
        var caller = new Caller(1000, 1000, 4711, Door.Fuse, KernelChecked: true);
        var rate = new AlarmRate(2, TimeSpan.FromMinutes(1));
        var locking = new AlarmGuard(new AlarmSettings(AlarmAction.Lock, AlarmRate.Off, rate), clock, raised.Add);
        var warning = new AlarmGuard(new AlarmSettings(AlarmAction.Warn, AlarmRate.Off, rate), clock, raised.Add);

        for (int i = 0; i < 5; i++)
        {
            (await locking.PassAsync(AlarmKind.Deletes, 1, caller)).ShouldBe(i < 2 ? FsError.None : FsError.AccessDenied);
            (await warning.PassAsync(AlarmKind.Deletes, 1, caller)).ShouldBe(FsError.None);
        }

        (await locking.PassAsync(AlarmKind.Reads, 1, caller)).ShouldBe(FsError.AccessDenied);
        (await warning.PassAsync(AlarmKind.Reads, long.MaxValue / 2, caller)).ShouldBe(FsError.None);
        raised.Count.ShouldBe(2);
        raised.ShouldAllBe(alarm => alarm.Kind == AlarmKind.Deletes && alarm.Caller.Pid == 4711);
        (locking.IsLocked, locking.Count, warning.IsLocked, warning.Count).ShouldBe((true, 1, false, 1));
    }
}
