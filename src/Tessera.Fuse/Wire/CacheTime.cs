namespace Tessera.Fuse;

/// <summary>The protocol's cache times: whole seconds and nanoseconds apart.</summary>
internal static class CacheTime
{
    private const int NanosecondsPerTick = 100;

    public static (ulong Seconds, uint Nanoseconds) Split(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return ((ulong)(time.Ticks / TimeSpan.TicksPerSecond), (uint)(time.Ticks % TimeSpan.TicksPerSecond) * NanosecondsPerTick);
    }

    public static TimeSpan ToTimeSpan(ulong seconds, uint nanoseconds) =>
        seconds >= (ulong)(TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond)
            ? TimeSpan.MaxValue
            : new TimeSpan(((long)seconds * TimeSpan.TicksPerSecond) + (nanoseconds / NanosecondsPerTick));
}
