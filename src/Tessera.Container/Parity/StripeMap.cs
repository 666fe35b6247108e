using System.Security.Cryptography;
using Tessera.Container.Format;

namespace Tessera.Container.Parity;

/// <summary>Where each slot of each stripe lies on the medium (docs/format/parity.md, Layout).</summary>
internal sealed class StripeMap
{
    private readonly StripeLayout layout;
    private readonly SlotShuffle shuffle;

    public StripeMap(StripeLayout layout)
    {
        this.layout = layout;
        Span<byte> key = stackalloc byte[SlotShuffle.KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, layout.Key.Span, key, default, "tessera stripe places"u8);
        shuffle = new SlotShuffle(key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>The slot of the medium that a fragment of a stripe lies in: data first, then parity.</summary>
    public long Place(long stripe, int fragment)
    {
        (long segment, long row, long start, long size) = SegmentOf(stripe);
        int column = (fragment + shuffle.Below(layout.Width, stripe)) % layout.Width;
        return start + (column * size) + shuffle.Place(row, (segment * layout.Width) + column, size);
    }

    /// <summary>The stripe that a slot of the medium belongs to; −1 for one behind all whole segments.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="slots">Slots of the medium.</param>
    public long StripeAt(long slot, long slots)
    {
        long firstSlots = layout.FirstColumn * layout.Width;
        long segmentSlots = layout.Column * layout.Width;
        long segment = slot < firstSlots ? 0 : 1 + ((slot - firstSlots) / segmentSlots);
        long size = segment == 0 ? layout.FirstColumn : layout.Column;
        long start = segment == 0 ? 0 : firstSlots + ((segment - 1) * segmentSlots);
        if (start + (size * layout.Width) > slots)
        {
            return -1;
        }

        (long column, long place) = Math.DivRem(slot - start, size);
        long row = shuffle.Row(place, (segment * layout.Width) + column, size);
        return row + (segment == 0 ? 0 : layout.FirstColumn + ((segment - 1) * layout.Column));
    }

    /// <summary>Stripes that nothing is put into: those that have one of the fixed slots, as the container numbers them or as the medium does. In ascending order.</summary>
    /// <param name="mediumSlots">Slots of the medium.</param>
    public long[] Reserved(long mediumSlots)
    {
        var reserved = new SortedSet<long>();
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            for (int i = 0; i < Geometry.FixedSlots; i++)
            {
                long slot = FixedPlaces.Ordinary.FirstSlot(copy) + i;
                reserved.Add(slot / layout.Data);
                reserved.Add(StripeAt(slot, mediumSlots));
            }
        }

        reserved.Remove(-1);
        return [.. reserved];
    }

    private (long Segment, long Row, long Start, long Size) SegmentOf(long stripe)
    {
        if (stripe < layout.FirstColumn)
        {
            return (0, stripe, 0, layout.FirstColumn);
        }

        (long segment, long row) = Math.DivRem(stripe - layout.FirstColumn, layout.Column);
        return (segment + 1, row, (layout.FirstColumn + (segment * layout.Column)) * layout.Width, layout.Column);
    }
}
