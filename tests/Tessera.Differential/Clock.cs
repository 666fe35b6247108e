namespace Tessera.Differential;

/// <summary>The kernel's clocks: clock_gettime(2).</summary>
internal static unsafe class Clock
{
    public const int RealTime = 0;

    /// <summary>The time of the last tick, by which a file system without finer times marks.</summary>
    public const int Coarse = 5;

    public static FileTime Read(int clock)
    {
        long* time = stackalloc long[2];
        _ = RawCalls.ReadClock(clock, time);
        return new FileTime(time[0], time[1]);
    }
}
