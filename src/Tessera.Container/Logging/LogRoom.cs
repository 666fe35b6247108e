using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Space;

namespace Tessera.Container.Logging;

/// <summary>How much of the log's ring is in use; and, of a container whose log moves, which extents are behind it and get others in their place (docs/format/scattered.md, The log).</summary>
/// <remarks>Behind the log are extents that the next root does not need. Its log map names others for them, drawn at random, which lie ahead of the log by a lap. The root before knows nothing of
/// them, and has to bring back what is logged while it is the older kept one: so nothing is written to them before one more root is durable. A lap behind them is where that root begins, which is
/// as far as a ring may be filled anyway.</remarks>
/// <param name="moves">Whether extents are ever replaced.</param>
internal sealed class LogRoom(bool moves)
{
    /// <summary>Of the ring, so much may be written between two checkpoints before one is wanted: one in so many.</summary>
    private const int IntervalOneIn = 4;

    /// <summary>Of all slots, so many stay free when extents are replaced, besides the reserve: one in so many.</summary>
    private const int KeptFreeOneIn = 64;
    private long kept;
    private long keptNext;
    private long atFreeze;

    /// <summary>Extents before it are replaced, or stay for want of room, in the map of the newest root.</summary>
    private long movedBefore;

    /// <summary>Whether extents are ever replaced.</summary>
    public bool Moves => moves;

    /// <summary>The log before this position is needed by no kept root. From any thread.</summary>
    public long KeptPosition => Interlocked.Read(ref kept);

    /// <summary>Begins with a root that was found.</summary>
    public void Adopt(RootRecord root)
    {
        kept = root.Log.Position;
        keptNext = root.Log.Position;
        movedBefore = FirstOf(root.Log.Position, root.Log.ExtentSlots);
    }

    /// <summary>What is appended from here on belongs to the next checkpoint.</summary>
    public void Freeze(LogWriter log) => atFreeze = log.Position;

    /// <summary>Enough was appended for a checkpoint.</summary>
    public bool WantsCheckpoint(LogWriter log) => log.Position - atFreeze >= log.RingBytes / IntervalOneIn;

    /// <summary>Something was appended that no root begins behind.</summary>
    public bool IsBehind(LogWriter log) => log.Position > keptNext;

    /// <summary>Nothing more is let in before a checkpoint is through.</summary>
    public bool IsFull(LogWriter log) => log.Position - InUseFrom(log) > log.AdmittingBytes;

    /// <summary>A record with a body of so many bytes would be written over what may not be written over.</summary>
    public bool IsOver(LogWriter log, int body) => log.Position + body + (2 * Geometry.SlotSize) - InUseFrom(log) > log.RingBytes;

    /// <summary>For the root that is about to be written, and begins at this position: the ring's extents, those behind it replaced; null when none is, or there is little room.</summary>
    public ulong[]? Move(LogWriter log, long position, SpaceMap space, SpaceChanges changes)
    {
        long extentBytes = (long)log.ExtentSlots * Geometry.SlotSize;
        long from = movedBefore;
        movedBefore = FirstOf(position, log.ExtentSlots);
        long count = (movedBefore - from) / extentBytes;
        int chainSlots = Geometry.Copies * ChainStore.SlotsFor((long)log.Extents.Length * sizeof(ulong));
        if (!moves || count == 0 || space.FreeSlots - space.ReserveSlots - (space.TotalSlots / KeptFreeOneIn) < (count + chainSlots) * space.Stripe)
        {
            return null;
        }

        ulong[] extents = log.Extents.ToArray();
        for (long at = from; at < movedBefore && space.TryAllocate(log.ExtentSlots, SpaceUse.Node, mayUseReserve: false, out ulong address); at += extentBytes)
        {
            ref ulong extent = ref extents[at / extentBytes % extents.Length];
            changes.GiveUp(extent, log.ExtentSlots);
            changes.Take(address, log.ExtentSlots);
            extent = address;
        }

        return extents;
    }

    /// <summary>A root with this beginning of the log is durable.</summary>
    public void Written(LogStart start)
    {
        Interlocked.Exchange(ref kept, keptNext);
        keptNext = start.Position;
    }

    /// <summary>Where the extent begins that a position is in.</summary>
    private static long FirstOf(long position, int extentSlots) => position - (position % ((long)extentSlots * Geometry.SlotSize));

    private long InUseFrom(LogWriter log) => moves ? FirstOf(kept, log.ExtentSlots) : kept;
}
