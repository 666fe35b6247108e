using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Inodes;

/// <summary>Time as the volume keeps it: signed nanoseconds since 1970 in 64 bits, so that a batch can raise it by a maximum. Years
/// 1677–2262; others are clamped, as Linux clamps to a file system's range.</summary>
internal static class Nanoseconds
{
    private const long PerSecond = 1_000_000_000;
    private const long MaxSeconds = (long.MaxValue / PerSecond) - 1;
    private const long MinSeconds = (long.MinValue / PerSecond) + 1;

    public static long From(Timestamp time) =>
        time.Seconds > MaxSeconds ? MaxSeconds * PerSecond
        : time.Seconds < MinSeconds ? MinSeconds * PerSecond
        : (time.Seconds * PerSecond) + time.Nanoseconds;

    public static Timestamp ToTimestamp(long nanoseconds)
    {
        long seconds = nanoseconds / PerSecond;
        long rest = nanoseconds - (seconds * PerSecond);
        return rest < 0 ? new Timestamp(seconds - 1, (uint)(rest + PerSecond)) : new Timestamp(seconds, (uint)rest);
    }
}
