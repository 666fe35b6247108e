namespace Tessera.Container.Media;

/// <summary>Passes everything on to another medium, and says so when a call does not come back: a disk that hangs would otherwise look like a daemon that does.</summary>
/// <remarks>
/// <para>A call costs two interlocked operations and a look at the clock; nothing is allocated, and no timer runs while no call does. A stalled call is told once
/// when it has waited for <see cref="Patience"/>, and once more when it ends. Nothing is given up: the call goes on waiting.</para>
/// <para>Calls beyond <see cref="MostWatched"/> at a time are passed on unwatched: by then others have stalled and were told.</para>
/// </remarks>
public sealed class WatchedMedium : MediumDecorator
{
    /// <summary>Longer than a healthy disk takes for anything: a spun-down one needs 5 to 10 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>As many as the daemon has threads that can wait for the disk, and some.</summary>
    private const int MostWatched = 64;
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(2);
    private readonly Action<StalledCall> report;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly Slot[] slots = new Slot[MostWatched];
    private int armed;

    /// <param name="inner">Owned from now on.</param>
    /// <param name="report">Told of calls that stall and that end after all; any thread, must not throw.</param>
    /// <param name="time">The clock.</param>
    public WatchedMedium(IMedium inner, Action<StalledCall> report, TimeProvider? time = null)
        : base(inner)
    {
        this.report = report;
        this.time = time ?? TimeProvider.System;
        timer = this.time.CreateTimer(static state => ((WatchedMedium)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override void Read(long offset, Span<byte> buffer)
    {
        using Watch watch = Begin(MediumCall.Read, offset, buffer.Length);
        Inner.Read(offset, buffer);
    }

    public override void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        using Watch watch = Begin(MediumCall.Read, offsets.IsEmpty ? 0 : offsets[0], buffer.Length);
        Inner.ReadEach(offsets, buffer);
    }

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        using Watch watch = Begin(MediumCall.Write, offset, data.Length);
        Inner.Write(offset, data, mode);
    }

    public override void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        using Watch watch = Begin(MediumCall.Write, offsets.IsEmpty ? 0 : offsets[0], data.Length);
        Inner.WriteEach(offsets, data, mode);
    }

    public override void Flush()
    {
        using Watch watch = Begin(MediumCall.Flush, 0, 0);
        Inner.Flush();
    }

    public override void Grow(long length)
    {
        using Watch watch = Begin(MediumCall.Grow, length, 0);
        Inner.Grow(length);
    }

    public override void Punch(long offset, long length)
    {
        using Watch watch = Begin(MediumCall.Punch, offset, length);
        Inner.Punch(offset, length);
    }

    protected override void Dispose(bool disposing)
    {
        timer.Dispose();
        base.Dispose(disposing);
    }

    private Watch Begin(MediumCall call, long offset, long length)
    {
        for (int i = 0, at = Environment.CurrentManagedThreadId; i < MostWatched; i++, at++)
        {
            ref Slot slot = ref slots[at % MostWatched];
            if (Volatile.Read(ref slot.State) == Slot.Free && Interlocked.CompareExchange(ref slot.State, Slot.Taken, Slot.Free) == Slot.Free)
            {
                slot.Call = call;
                slot.Offset = offset;
                slot.Length = length;
                slot.Began = time.GetTimestamp();
                Volatile.Write(ref slot.State, Slot.Running);
                Arm();
                return new Watch(this, at % MostWatched);
            }
        }

        return default;
    }

    private void End(int at)
    {
        ref Slot slot = ref slots[at];
        StalledCall ended = Describe(slot, hasEnded: true);
        if (Interlocked.Exchange(ref slot.State, Slot.Free) == Slot.Told)
        {
            report(ended);
        }
    }

    private void Arm()
    {
        if (Volatile.Read(ref armed) == 0 && Interlocked.Exchange(ref armed, 1) == 0)
        {
            timer.Change(s_tick, Timeout.InfiniteTimeSpan);
        }
    }

    private void Look()
    {
        Volatile.Write(ref armed, 0);
        foreach (ref Slot slot in slots.AsSpan())
        {
            if (Volatile.Read(ref slot.State) == Slot.Free)
            {
                continue;
            }

            Arm();
            if (Describe(slot, hasEnded: false).Waited < Patience || Interlocked.CompareExchange(ref slot.State, Slot.Told, Slot.Running) != Slot.Running)
            {
                continue;
            }

            // The slot may have changed hands in between: what is told is what is there now.
            StalledCall stalled = Describe(slot, hasEnded: false);
            if (stalled.Waited >= Patience)
            {
                report(stalled);
            }
            else
            {
                Interlocked.CompareExchange(ref slot.State, Slot.Running, Slot.Told);
            }
        }
    }

    private StalledCall Describe(in Slot slot, bool hasEnded) => new(slot.Call, slot.Offset, slot.Length, time.GetElapsedTime(slot.Began), hasEnded);

    /// <summary>For as long as a call takes; none beyond the most.</summary>
    private readonly struct Watch(WatchedMedium? medium, int slot) : IDisposable
    {
        public void Dispose() => medium?.End(slot);
    }

    private struct Slot
    {
        public const int Free = 0;
        public const int Taken = 1;
        public const int Running = 2;
        public const int Told = 3;

        public int State;
        public MediumCall Call;
        public long Offset;
        public long Length;
        public long Began;
    }
}
