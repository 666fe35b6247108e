using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Space;

/// <summary>Growing: group by group up to the limit, and a larger limit (docs/format/container.md, Growing).</summary>
public sealed partial class SpaceMap
{
    private long sizeLimit;

    /// <summary>What roots say; ahead of <see cref="sizeLimit"/> while the volume is being grown.</summary>
    private long promisedLimit;

    /// <summary>Held by who grows the volume: one at a time.</summary>
    internal Lock GrowthGate { get; } = new();

    /// <summary>Largest size of the medium that the next root says, bytes; 0: none.</summary>
    public long PromisedLimit => Interlocked.Read(ref promisedLimit);

    private long MaxSlots => sizeLimit == 0 ? (long)Geometry.MaxGroups * Geometry.SlotsPerGroup : sizeLimit / Geometry.SlotSize;

    /// <summary>Slots within the limit that hold nothing, whatever happens (<see cref="FixedPlaces.SlotsOfFirstGroup"/>).</summary>
    private long NeverUsed => Math.Min(MaxSlots, Geometry.SlotsPerGroup) - Math.Min(MaxSlots, Places.SlotsOfFirstGroup);

    /// <summary>What a medium of so many groups is long within a limit, bytes.</summary>
    internal static long LengthOf(uint groups, long limit)
    {
        long whole = groups * Geometry.GroupSize;
        return limit == 0 ? whole : Math.Min(whole, limit / Geometry.SlotSize * Geometry.SlotSize);
    }

    /// <summary>Groups that a medium may have been given after its newest root was written: a group is added whole, as far as the limit lets it be.</summary>
    internal static uint GroupsWithin(long length, long limit)
    {
        long whole = Math.Min(Geometry.MaxGroups, length / Geometry.GroupSize);
        return (uint)(limit > whole * Geometry.GroupSize && whole < Geometry.MaxGroups && LengthOf((uint)whole + 1, limit) <= length ? whole + 1 : whole);
    }

    /// <summary>Roots say this larger limit from now on; nothing beyond the old one is allocated before <see cref="KeepPromise"/>. The medium is made as long as
    /// a root with this limit and the groups there are says.</summary>
    /// <exception cref="MediumException">The host has no room; nothing has changed then.</exception>
    internal void Promise(long limit)
    {
        lock (gate)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(limit, promisedLimit);
            long length = LengthOf(Groups, limit);
            if (length > medium.Length)
            {
                medium.Grow(length);
            }

            medium.Flush(); // A root must not say a length that a power cut could take back.
            Interlocked.Exchange(ref promisedLimit, limit);
        }
    }

    /// <summary>Both kept roots say the promised limit: what lies below it may be allocated.</summary>
    internal void KeepPromise()
    {
        lock (gate)
        {
            uint last = Groups - 1;
            int before = SlotsOf(last);
            GroupBitmap bitmap = Bitmap(last); // Read while the old limit counts, so that what is beyond it is marked.
            sizeLimit = promisedLimit;
            int added = SlotsOf(last) - before;
            UnmarkedSlots += bitmap.GiveBack(before, added);
            free[last] = bitmap.Free;
        }
    }

    /// <summary>Takes all groups of a medium that has its whole length from the beginning.</summary>
    internal void AdoptAll()
    {
        while (LengthOf(Groups + 1, sizeLimit) <= medium.Length && TryGrow())
        {
        }
    }

    /// <summary>Adds groups the medium already has, up to this one: the log may name blocks in groups younger than the root. Only while opening.</summary>
    public void AdoptGroup(uint group)
    {
        while (Groups <= group && Groups * Geometry.GroupSize < medium.Length && TryGrow())
        {
        }
    }

    /// <summary>Makes the medium one group longer, when limit and host allow.</summary>
    public bool TryGrow()
    {
        lock (gate)
        {
            int slots = SlotsOf(Groups);
            if (slots <= 0 || Groups >= Geometry.MaxGroups)
            {
                return false;
            }

            try
            {
                long length = LengthOf(Groups + 1, promisedLimit);
                if (length > medium.Length)
                {
                    medium.Grow(length);
                }
            }
            catch (MediumException fault) when (fault.Fault == MediumFault.NoSpace)
            {
                return false;
            }

            AddGroup(slots);
            Interlocked.Exchange(ref hostFreeAsked, long.MinValue / 2); // What the host had free is now this group.
            return true;
        }
    }

    /// <summary>Slots of a group that lie within the size limit.</summary>
    private int SlotsOf(uint group) => (int)Math.Clamp(MaxSlots - (group * (long)Geometry.SlotsPerGroup), 0, group == 0 ? Places.SlotsOfFirstGroup : Geometry.SlotsPerGroup);

    private void AddGroup(int slots)
    {
        uint group = Groups;
        var bitmap = new GroupBitmap(new byte[GroupBitmap.Size]);
        bitmap.Take(slots, Geometry.SlotsPerGroup - slots);
        Array.Resize(ref free, free.Length + 1);
        free[group] = bitmap.Free;
        UnmarkedSlots += bitmap.Free;
        bitmaps.Add(group, bitmap);
        loaded.Enqueue(group);
    }
}
