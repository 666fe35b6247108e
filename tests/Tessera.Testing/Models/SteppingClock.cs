using Tessera.Core;
using Tessera.Core.FileSystem;

namespace Tessera.Testing.Models;

/// <summary>A clock that goes on by one microsecond each time it is read, so that every change has its own time. Thread-safe.</summary>
public sealed class SteppingClock : IClock
{
    private const long Start = 1_800_000_000;
    private long microseconds;

    public Timestamp Now
    {
        get
        {
            long now = Interlocked.Increment(ref microseconds);
            return new Timestamp(Start + (now / 1_000_000), (uint)(now % 1_000_000) * 1000);
        }
    }

    public void Advance(TimeSpan time) => Interlocked.Add(ref microseconds, (long)time.TotalMicroseconds);
}
