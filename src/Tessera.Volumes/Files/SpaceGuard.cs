using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Files;

/// <summary>Answers "no space" when bytes are written, not when they are written back: what is dirty, in however many pieces, and what storing it costs, must fit
/// the store.</summary>
/// <remarks>Asking the store may cost a system call, so an answer is trusted for half of what it promised: rarely asked with room, at
/// every write without.</remarks>
internal sealed class SpaceGuard(IVolumeStore store, DirtyMemory dirty)
{
    /// <summary>Room for the records of what is dirty, and for metadata operations that run meanwhile.</summary>
    private const long Slack = 1 << 20;

    /// <summary>One part in so many of the dirty bytes: extents, tags, the ends of slots.</summary>
    private const int OverheadShare = 16;
    private long trusted;

    /// <summary>Whether <paramref name="bytes"/> more may be taken.</summary>
    public bool Admits(long bytes)
    {
        bytes += ContentLimits.RangeOverhead; // A write makes at most one range more.
        if (Interlocked.Add(ref trusted, -bytes) >= 0)
        {
            return true;
        }

        long room = RoomIn(store.GetStatistics());
        if (room < bytes)
        {
            Interlocked.Exchange(ref trusted, 0);
            return false;
        }

        Interlocked.Exchange(ref trusted, (room - bytes) / 2);
        return true;
    }

    /// <summary>The same; where only what the store withholds for its last commits is short, it puts them in their places first. No lock is held.</summary>
    public async ValueTask<bool> AdmitsSettledAsync(long bytes)
    {
        if (Admits(bytes))
        {
            return true;
        }

        StoreStatistics statistics = store.GetStatistics();
        if (statistics.WithheldBytes == 0 || RoomIn(statistics) + (long)statistics.WithheldBytes < bytes)
        {
            return false;
        }

        await store.SettleAsync();
        return Admits(bytes);
    }

    private long RoomIn(in StoreStatistics statistics)
    {
        long outstanding = dirty.Used;
        long available = (long)Math.Min(statistics.AvailableBytes, long.MaxValue);
        return available - outstanding - (outstanding / OverheadShare) - (dirty.Ranges * ContentLimits.RangeOverhead) - Slack;
    }
}
