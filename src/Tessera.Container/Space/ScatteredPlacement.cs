using Tessera.Container.Format;

namespace Tessera.Container.Space;

/// <summary>Single slots, or stripes, uniformly at random over all free ones.</summary>
/// <param name="next">Random 64-bit numbers; cryptographic in a volume, seeded in a simulation.</param>
/// <param name="stripe">Slots of a stripe, a divisor of a group's; 1: single slots.</param>
public sealed class ScatteredPlacement(Func<ulong> next, int stripe = 1) : IPlacement
{
    /// <summary>Tries before counting: at 90 % full, one in a thousand draws needs the slow way.</summary>
    private const int MaxTries = 64;

    public bool SingleSlots => true;

    public bool TryPlace(SpaceMap map, int slots, SpaceUse use, out ulong address)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(slots, stripe);
        for (int i = 0; i < MaxTries; i++)
        {
            uint group = (uint)Below(map.Groups);
            int slot = (int)Below((ulong)(Geometry.SlotsPerGroup / stripe)) * stripe;
            if (!map.Bitmap(group).IsUsed(slot))
            {
                address = SlotAddress.Of(group, slot);
                return true;
            }
        }

        return TryPlaceCounting(map, out address);
    }

    /// <summary>Picks the n-th free slot of all, n random: the same distribution, at the price of a scan.</summary>
    private bool TryPlaceCounting(SpaceMap map, out ulong address)
    {
        address = 0;
        long free = map.UnmarkedSlots;
        if (free <= 0)
        {
            return false;
        }

        long skip = (long)Below((ulong)free);
        for (uint group = 0; group < map.Groups; group++)
        {
            int here = map.FreeOf(group);
            if (skip >= here)
            {
                skip -= here;
                continue;
            }

            GroupBitmap bitmap = map.Bitmap(group);
            int slot = -1;
            do
            {
                slot = bitmap.FindRun(1, slot + 1);
            }
            while (skip-- > 0);

            slot -= slot % stripe; // All slots of a stripe are free, or none is.
            address = SlotAddress.Of(group, slot);
            return true;
        }

        return false;
    }

    /// <summary>Uniform below a bound, without modulo bias (Lemire's method).</summary>
    private ulong Below(ulong bound)
    {
        while (true)
        {
            ulong high = Math.BigMul(next(), bound, out ulong low);
            if (low >= bound || low >= unchecked(0 - bound) % bound)
            {
                return high;
            }
        }
    }
}
