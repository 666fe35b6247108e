using Tessera.Container.Format;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>What can happen to a slot: a bit flips, it is zeroed, swapped with another, or put back as it was.</summary>
/// <param name="older">The same volume a while before.</param>
/// <param name="slots">Which slots it happens to.</param>
internal sealed class SlotDamage(DiskImage older, IReadOnlyList<long> slots)
{
    private const int Slot = Geometry.SlotSize;

    /// <summary>Puts slots of an older state in the place of those that are there, as far as they were there.</summary>
    public static void PutBack(DiskImage image, DiskImage older, params ReadOnlySpan<long> put)
    {
        byte[] bytes = new byte[Slot];
        foreach (long slot in put)
        {
            if ((slot + 1) * Slot <= older.Length)
            {
                older.Read(slot * Slot, bytes);
                image.Write(slot * Slot, bytes);
            }
        }
    }

    /// <summary>Damages one or two of the slots.</summary>
    /// <returns>What was done, for messages.</returns>
    public string Do(DiskImage image, Random random)
    {
        long slot = slots[random.Next(slots.Count)];
        switch (random.Next(4))
        {
            case 0:
                image.FlipBit((slot * Slot) + random.Next(Slot), random.Next(8));
                return $"a bit of slot {slot}";
            case 1:
                image.Write(slot * Slot, new byte[Slot]);
                return $"slot {slot} zeroed";
            case 2:
                long other = slots[random.Next(slots.Count)];
                Swap(image, slot, other);
                return $"slots {slot} and {other} swapped";
            default:
                PutBack(image, older, slot);
                return $"slot {slot} as it was before";
        }
    }

    /// <summary>Damages some of them, one after the other.</summary>
    public string Do(DiskImage image, Random random, int times) => string.Join("; ", Enumerable.Range(0, times).Select(_ => Do(image, random)));

    private static void Swap(DiskImage image, long slot, long other)
    {
        byte[] bytes = new byte[Slot];
        byte[] otherBytes = new byte[Slot];
        image.Read(slot * Slot, bytes);
        image.Read(other * Slot, otherBytes);
        image.Write(slot * Slot, otherBytes);
        image.Write(other * Slot, bytes);
    }
}
