using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Parity;

/// <summary>The slots of a stripe as they were read, and the search for those that are damaged.</summary>
/// <remarks>Parity has no seals of its own. So it is tried: each set of so few data slots as the parity can make good is taken for lost, and what comes out is right when the seals of the data say so. A seal
/// cannot be met by chance, so the first set that fits is the truth. Those that cannot be read are in every set.</remarks>
internal ref struct StripeReading
{
    private readonly AlignedBufferPool pool;
    private readonly AlignedBuffer parity;
    private readonly byte[] read;
    private readonly int count;
    private readonly List<int> unreadable = [];
    private readonly List<int> rows = [];

    /// <summary>Reads the data slots there are, and the parity.</summary>
    public StripeReading(ParityMedium medium, long stripe, int count, AlignedBufferPool pool)
    {
        this.pool = pool;
        this.count = count;
        parity = pool.Rent();
        read = new byte[count * Geometry.SlotSize];
        for (int i = 0; i < count; i++)
        {
            if (!medium.TryReadPlace(stripe, i, Slot(read, i)))
            {
                unreadable.Add(i);
            }
        }

        for (int row = 0; row < medium.Layout.Parity; row++)
        {
            Span<byte> slot = Slot(parity.Span, row);
            if (medium.TryReadPlace(stripe, medium.Layout.Data + row, slot))
            {
                medium.Mask(stripe, row, slot);
                rows.Add(row);
            }
        }
    }

    /// <summary>Something had to be made anew.</summary>
    public bool HasLosses { get; private set; }

    /// <summary>Finds the content that is whole.</summary>
    public bool TrySolve(ReedSolomon code, Span<byte> stored, ParityMedium.StoredTest isWhole)
    {
        if (unreadable.Count == 0)
        {
            read.CopyTo(stored);
            if (isWhole(stored))
            {
                return true;
            }
        }

        HasLosses = true;
        Span<int> lost = stackalloc int[StripeLayout.MostParity];
        Span<int> used = stackalloc int[StripeLayout.MostParity];
        for (int size = Math.Max(1, unreadable.Count); size <= rows.Count && size <= count; size++)
        {
            if (TryLosses(code, stored, isWhole, lost[..size], used[..size], 0, 0))
            {
                return true;
            }
        }

        return false;
    }

    public readonly void Dispose() => pool.Return(parity);

    private static Span<byte> Slot(Span<byte> slots, int index) => slots.Slice(index * Geometry.SlotSize, Geometry.SlotSize);

    /// <summary>Every set of lost data slots of this size, in ascending order.</summary>
    private readonly bool TryLosses(ReedSolomon code, Span<byte> stored, ParityMedium.StoredTest isWhole, Span<int> lost, Span<int> used, int chosen, int from)
    {
        if (chosen == lost.Length)
        {
            return ContainsAll(lost) && TryRows(code, stored, isWhole, lost, used, 0, 0);
        }

        for (int i = from; i < count; i++)
        {
            lost[chosen] = i;
            if (TryLosses(code, stored, isWhole, lost, used, chosen + 1, i + 1))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Every choice of as many parity slots: some of them may be damaged, too.</summary>
    private readonly bool TryRows(ReedSolomon code, Span<byte> stored, ParityMedium.StoredTest isWhole, Span<int> lost, Span<int> used, int chosen, int from)
    {
        if (chosen == used.Length)
        {
            read.CopyTo(stored);
            code.Solve(lost, used, stored, parity.Span, Geometry.SlotSize);
            return isWhole(stored);
        }

        for (int i = from; i < rows.Count; i++)
        {
            used[chosen] = rows[i];
            if (TryRows(code, stored, isWhole, lost, used, chosen + 1, i + 1))
            {
                return true;
            }
        }

        return false;
    }

    private readonly bool ContainsAll(ReadOnlySpan<int> lost)
    {
        foreach (int slot in unreadable)
        {
            if (!lost.Contains(slot))
            {
                return false;
            }
        }

        return true;
    }
}
