using System.Collections.Concurrent;
using Tessera.Container.Media;
using Tessera.Testing;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Media;

public sealed class WatchedMediumTests
{
    [Fact]
    public async Task Call_that_does_not_come_back_is_told_once_and_again_when_it_does()
    {
        var told = new ConcurrentQueue<StalledCall>();
        var clock = new HandClock();
        var disk = new SimulatedDisk(new SimulatedDiskOptions { LengthBytes = 1 << 20 });
        using var medium = new WatchedMedium(disk.Open(), told.Enqueue, clock);
        OperationGate gate = disk.Faults.Stall(DiskOperations.DirectWrite);
        Task writing = Task.Run(() => medium.Write(8192, new byte[4096], WriteMode.Direct), TestContext.Current.CancellationToken);
        await gate.Reached.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);

        clock.Advance(WatchedMedium.Patience / 2);
        told.ShouldBeEmpty();
        clock.Advance(WatchedMedium.Patience);
        clock.Advance(WatchedMedium.Patience);
        told.ShouldBe([new StalledCall(MediumCall.Write, 8192, 4096, WatchedMedium.Patience * 1.5, HasEnded: false)]);

        gate.Release();
        await writing.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);
        told.Last().ShouldBe(new StalledCall(MediumCall.Write, 8192, 4096, WatchedMedium.Patience * 2.5, HasEnded: true));
        told.Count.ShouldBe(2);
    }

    [Fact]
    public void Calls_that_come_back_are_not_told_and_leave_no_timer_running()
    {
        var clock = new HandClock();
        var disk = new SimulatedDisk(new SimulatedDiskOptions { LengthBytes = 1 << 20 });
        using var medium = new WatchedMedium(disk.Open(), static stalled => Assert.Fail($"{stalled}"), clock);
        medium.Flush();
        clock.Advance(WatchedMedium.Patience * 2);
        Should.Throw<MediumException>(() => medium.Read(1 << 30, new byte[512]));
        clock.IsTicking.ShouldBeTrue();
        clock.Advance(WatchedMedium.Patience * 2);
        clock.IsTicking.ShouldBeFalse();
    }

    /// <summary>A clock that a test turns; one timer.</summary>
    private sealed class HandClock : TimeProvider, ITimer
    {
        private Action? elapsed;
        private long now;

        public bool IsTicking { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            elapsed = () => callback(state);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            IsTicking = dueTime != Timeout.InfiniteTimeSpan;
            return true;
        }

        public void Advance(TimeSpan by)
        {
            Interlocked.Add(ref now, by.Ticks);
            if (IsTicking)
            {
                IsTicking = false;
                elapsed!();
            }
        }

        public void Dispose() => IsTicking = false;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
