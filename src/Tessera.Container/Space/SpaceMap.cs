using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Space;

/// <summary>Free space in memory: free counts of all groups, bitmaps of those in use. One lock; see docs/format/container.md, "Free space".</summary>
public sealed partial class SpaceMap
{
    /// <summary>Most bitmaps kept without need, 2 KiB each.</summary>
    private const int MaxIdleBitmaps = 1024;
    private const long HostFreeMaxAgeMs = 200;

    /// <summary>Most slots that are lent at a time: about as many as are written between two checkpoints, 512 KiB of memory.</summary>
    private const int MostLent = 65_536;

    /// <summary>Of what is free, so much may be lent at a time: one in so many.</summary>
    private const int LentOneIn = 4;

    /// <summary>Of all slots, so many are not lent besides the reserve: one in so many. The last free ones are for what is real.</summary>
    private const int KeptFromLoansOneIn = 64;
    private readonly IMedium medium;
    private readonly IPlacement placement;
    private readonly Func<uint, byte[]> loadPage;
    private readonly Dictionary<uint, GroupBitmap> bitmaps = [];
    private readonly Queue<uint> loaded = new();
    private readonly Queue<ulong> lent = new();
    private readonly Lock gate = new();
    private int[] free = [];
    private long hostFree;
    private long hostFreeAsked = long.MinValue / 2;

    /// <param name="medium">The medium, to grow.</param>
    /// <param name="placement">How to choose.</param>
    /// <param name="sizeLimit">Largest size of the medium, bytes; 0: none.</param>
    /// <param name="loadPage">Reads a group's bitmap from the current tree. Called under the space lock.</param>
    public SpaceMap(IMedium medium, IPlacement placement, long sizeLimit, Func<uint, byte[]> loadPage)
    {
        this.medium = medium;
        this.placement = placement;
        this.loadPage = loadPage;
        this.sizeLimit = sizeLimit;
        promisedLimit = sizeLimit;
    }

    public uint Groups => (uint)free.Length;

    /// <summary>Of the container: of a small one some slots of group 0 are never used.</summary>
    public FixedPlaces Places { get; init; }

    /// <summary>Each slot is placed alone.</summary>
    public bool SingleSlots => placement.SingleSlots && Stripe == 1;

    /// <summary>Slots that are allocated together: a stripe of a container with parity, 1 of others. Runs that are shorter take a whole one.</summary>
    public int Stripe => medium.Parity?.Layout.Data ?? 1;

    /// <summary>How much more a checkpoint takes than where nodes and links of chains take no whole stripes (<see cref="CheckpointNeed"/>).</summary>
    public int NeedFactor => Math.Max(1, Stripe / 4);

    /// <summary>Slots that may be allocated now, in groups there are: those lent come back as soon as they are needed.</summary>
    public long FreeSlots => UnmarkedSlots + ((long)lent.Count * Stripe);

    /// <summary>Slots that bitmaps say are free: all of <see cref="FreeSlots"/> but those lent.</summary>
    public long UnmarkedSlots { get; private set; }

    /// <summary>Slots kept back for deletes and checkpoints.</summary>
    public long ReserveSlots { get; set; }

    /// <summary>Slots all groups have, less those beyond the size limit.</summary>
    public long TotalSlots => Groups == 0 ? 0 : Math.Min(Groups * (long)Geometry.SlotsPerGroup, MaxSlots) - NeverUsed;

    /// <summary>Slots that growing could still add.</summary>
    public long GrowableSlots
    {
        get
        {
            if (Groups >= Geometry.MaxGroups)
            {
                return 0;
            }

            long byHost = HostFreeBytes() / Geometry.GroupSize * Geometry.SlotsPerGroup;
            return Math.Max(0, Math.Min(byHost, MaxSlots - NeverUsed - TotalSlots));
        }
    }

    /// <summary>Sets the groups there are, with their free counts as the tree tells them.</summary>
    public void Load(ReadOnlySpan<int> freeCounts)
    {
        free = new int[freeCounts.Length];
        UnmarkedSlots = 0;
        for (int group = 0; group < freeCounts.Length; group++)
        {
            free[group] = Math.Max(0, freeCounts[group] - Geometry.SlotsPerGroup + SlotsOf((uint)group)); // The tree knows nothing of a limit.
            UnmarkedSlots += free[group];
        }
    }

    public int FreeOf(uint group) => free[group];

    /// <summary>The bitmap of a group, read if it is not in memory. Under the space lock.</summary>
    public GroupBitmap Bitmap(uint group)
    {
        if (bitmaps.TryGetValue(group, out GroupBitmap? bitmap))
        {
            return bitmap;
        }

        DropIdle();
        bitmap = new GroupBitmap(loadPage(group));
        int slots = SlotsOf(group);
        bitmap.Take(slots, Geometry.SlotsPerGroup - slots);
        bitmaps.Add(group, bitmap);
        loaded.Enqueue(group);
        UnmarkedSlots += bitmap.Free - free[group];
        free[group] = bitmap.Free;
        return bitmap;
    }

    /// <summary>Takes a run out of free space and pins its group. It is the caller's to record as taken, or to give back by <see cref="Return"/>.</summary>
    public bool TryAllocate(int slots, SpaceUse use, bool mayUseReserve, out ulong address)
    {
        slots = WholeRun(slots);
        lock (gate)
        {
            long keep = mayUseReserve ? 0 : ReserveSlots;
            if (FreeSlots - slots < keep && !TryGrow())
            {
                address = 0;
                return false;
            }

            while (!placement.TryPlace(this, slots, use, out address))
            {
                if (!TryEndLoans() && !TryGrow())
                {
                    return false;
                }
            }

            Change(address, slots, taken: true);
            Bitmap(SlotAddress.Group(address)).Pins += slots;
            return true;
        }
    }

    /// <summary>Gives back a run that was allocated and never recorded.</summary>
    public void Return(ulong address, int slots)
    {
        slots = WholeRun(slots);
        lock (gate)
        {
            Change(address, slots, taken: false);
            Bitmap(SlotAddress.Group(address)).Pins -= slots;
        }
    }

    /// <summary>Lends a free slot, or stripe, for noise, chosen as any other and marked as allocated ones are, so that nobody is given it before <see cref="Lent"/>; false when
    /// little is free. Like a block that is written and then discarded, it must go to slots that may be allocated, and to no others.</summary>
    public bool TryLend(out ulong address)
    {
        lock (gate)
        {
            address = 0;
            if (UnmarkedSlots <= ReserveSlots + (TotalSlots / KeptFromLoansOneIn) || !placement.TryPlace(this, Stripe, SpaceUse.Data, out address))
            {
                return false;
            }

            Change(address, Stripe, taken: true);
            Bitmap(SlotAddress.Group(address)).Pins += Stripe;
            return true;
        }
    }

    /// <summary>The noise is written, or will not be. The slot stays marked until <see cref="Settle"/>, or until it is needed: were it free at once, who sees a slot
    /// written twice would know that it held nothing.</summary>
    public void Lent(ulong address)
    {
        lock (gate)
        {
            lent.Enqueue(address);
            while ((long)lent.Count * Stripe > Math.Min(MostLent, FreeSlots / LentOneIn))
            {
                Return(lent.Dequeue(), 1);
            }
        }
    }

    /// <summary>Marks a run used that a root or the log says is taken; pins its group as <see cref="TryAllocate"/> does. Only while opening.</summary>
    public void Restore(ulong address, int slots)
    {
        (address, slots) = SlotAddress.Whole(address, slots, Stripe);
        lock (gate)
        {
            Change(address, slots, taken: true);
            Bitmap(SlotAddress.Group(address)).Pins += slots;
        }
    }

    /// <summary>What is free and what could be, as of one moment.</summary>
    /// <param name="comingSlots">Tells the slots that <see cref="Settle"/> will free; called under the space lock, so that none counts twice.</param>
    public SpaceSummary Summarize(Func<long> comingSlots)
    {
        lock (gate)
        {
            return new SpaceSummary(TotalSlots, FreeSlots, comingSlots(), GrowableSlots);
        }
    }

    /// <summary>A durable tree now shows these changes: <paramref name="publish"/> makes it the current one, groups are unpinned, and what was given up is free,
    /// or, with <paramref name="keep"/>, stays used in memory until <see cref="Release"/>. What was lent is free: an interval is over.</summary>
    public void Settle(SpaceChanges changes, bool keep, Action publish)
    {
        lock (gate)
        {
            publish();
            foreach (SpaceChange change in changes.Runs)
            {
                if (change.Taken)
                {
                    Bitmap(SlotAddress.Group(change.Address)).Pins -= change.Slots;
                }
                else if (keep)
                {
                    Keep(change);
                }
                else
                {
                    Free(change);
                }
            }

            TryEndLoans();
        }
    }

    /// <summary>What was given up, and kept by <see cref="Settle"/>, is free now.</summary>
    public void Release(SpaceChanges changes)
    {
        lock (gate)
        {
            foreach (SpaceChange change in changes.Runs)
            {
                if (!change.Taken)
                {
                    Return(change.Address, change.Slots);
                }
            }
        }
    }

    /// <summary>What the host has free, asked for once in a while: statfs and every write want to know.</summary>
    private long HostFreeBytes()
    {
        long now = Environment.TickCount64;
        if (now - Interlocked.Read(ref hostFreeAsked) > HostFreeMaxAgeMs)
        {
            Interlocked.Exchange(ref hostFree, medium.HostFreeBytes);
            Interlocked.Exchange(ref hostFreeAsked, now);
        }

        return Interlocked.Read(ref hostFree);
    }

    /// <summary>An empty list of changes of this space.</summary>
    public SpaceChanges NewChanges() => new() { Stripe = Stripe };

    /// <summary>Slots that a run takes.</summary>
    public int WholeRun(int slots) => (slots + Stripe - 1) / Stripe * Stripe;

    private void Change(ulong address, int slots, bool taken)
    {
        uint group = SlotAddress.Group(address);
        GroupBitmap bitmap = Bitmap(group);
        int changed = taken ? bitmap.Take(SlotAddress.Slot(address), slots) : bitmap.GiveBack(SlotAddress.Slot(address), slots);
        UnmarkedSlots += taken ? -changed : changed;
        free[group] = bitmap.Free;
    }

    private void Free(SpaceChange change)
    {
        uint group = SlotAddress.Group(change.Address);
        if (bitmaps.ContainsKey(group))
        {
            Change(change.Address, change.Slots, taken: false);
        }
        else
        {
            free[group] += change.Slots;
            UnmarkedSlots += change.Slots;
        }
    }

    /// <summary>The tree says free by now: the bitmap in memory must not, and must not be read anew.</summary>
    private void Keep(SpaceChange change)
    {
        Change(change.Address, change.Slots, taken: true);
        Bitmap(SlotAddress.Group(change.Address)).Pins += change.Slots;
    }

    /// <summary>Under the space lock; false when nothing was lent.</summary>
    private bool TryEndLoans()
    {
        bool any = lent.Count > 0;
        while (lent.TryDequeue(out ulong address))
        {
            Return(address, 1);
        }

        return any;
    }

    private void DropIdle()
    {
        for (int looked = loaded.Count; looked > 0 && bitmaps.Count >= MaxIdleBitmaps; looked--)
        {
            uint group = loaded.Dequeue();
            if (bitmaps[group].Pins == 0)
            {
                bitmaps.Remove(group);
            }
            else
            {
                loaded.Enqueue(group);
            }
        }
    }
}
