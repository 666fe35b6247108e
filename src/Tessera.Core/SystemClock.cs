using Tessera.Core.FileSystem;

namespace Tessera.Core;

/// <summary>The machine's clock, at .NET's resolution of 100 ns.</summary>
public sealed class SystemClock : IClock
{
    public static SystemClock Instance { get; } = new();

    public Timestamp Now
    {
        get
        {
            long ticks = DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks;
            (long seconds, long rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
            return new Timestamp(seconds, (uint)(rest * 100));
        }
    }
}
