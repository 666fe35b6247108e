using System.Buffers.Binary;
using System.Numerics;
using Tessera.Container.Format;

namespace Tessera.Container.Space;

/// <summary>Which slots of one group may not be allocated. A set bit: used, reserved, or given up and not yet safe to reuse.</summary>
public sealed class GroupBitmap
{
    /// <summary>Bytes of a bitmap in the tree.</summary>
    public const int Size = Geometry.SlotsPerGroup / 8;
    private readonly ulong[] words = new ulong[Geometry.SlotsPerGroup / 64];

    public GroupBitmap(ReadOnlySpan<byte> page)
    {
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(page[(i * 8)..]);
        }

        Free = CountFree();
    }

    public int Free { get; private set; }

    /// <summary>Slots taken that the current tree does not show yet: the bitmap must stay in memory until they are settled.</summary>
    public int Pins { get; set; }

    /// <summary>No free run of at least this many slots exists; reset when slots come back.</summary>
    public int NoRunOf { get; private set; } = int.MaxValue;

    public bool IsUsed(int slot) => (words[slot >> 6] & (1UL << (slot & 63))) != 0;

    public void Encode(Span<byte> page)
    {
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(page[(i * 8)..], words[i]);
        }
    }

    /// <summary>Marks a run used; returns how many slots were free before.</summary>
    public int Take(int slot, int count)
    {
        int changed = Change(slot, count, used: true);
        Free -= changed;
        return changed;
    }

    /// <summary>Marks a run free; returns how many slots were used before.</summary>
    public int GiveBack(int slot, int count)
    {
        int changed = Change(slot, count, used: false);
        Free += changed;
        NoRunOf = int.MaxValue;
        return changed;
    }

    /// <summary>The first free run of <paramref name="count"/> slots at or after <paramref name="from"/>, then before it; -1 when there is none.</summary>
    public int FindRun(int count, int from)
    {
        if (count >= NoRunOf || Free < count)
        {
            return -1;
        }

        int found = FindRun(count, from, Geometry.SlotsPerGroup);
        if (found < 0 && from > 0)
        {
            found = FindRun(count, 0, Math.Min(Geometry.SlotsPerGroup, from + count));
        }

        if (found < 0)
        {
            NoRunOf = Math.Min(NoRunOf, count);
        }

        return found;
    }

    private int FindRun(int count, int from, int end)
    {
        int at = from;
        while (at + count <= end)
        {
            int start = NextFree(at, end);
            if (start < 0 || start + count > end)
            {
                return -1;
            }

            int used = NextUsed(start, start + count);
            if (used < 0)
            {
                return start;
            }

            at = used + 1;
        }

        return -1;
    }

    private int NextFree(int from, int end) => Next(from, end, invert: ulong.MaxValue);

    private int NextUsed(int from, int end) => Next(from, end, invert: 0);

    private int Next(int from, int end, ulong invert)
    {
        int word = from >> 6;
        ulong bits = (words[word] ^ invert) & (ulong.MaxValue << (from & 63));
        while (true)
        {
            if (bits != 0)
            {
                int at = (word << 6) + BitOperations.TrailingZeroCount(bits);
                return at < end ? at : -1;
            }

            if (++word << 6 >= end)
            {
                return -1;
            }

            bits = words[word] ^ invert;
        }
    }

    private int Change(int slot, int count, bool used)
    {
        int changed = 0;
        while (count > 0)
        {
            int bit = slot & 63;
            int span = Math.Min(64 - bit, count);
            ulong mask = (span == 64 ? ulong.MaxValue : (1UL << span) - 1) << bit;
            ref ulong word = ref words[slot >> 6];
            ulong after = used ? word | mask : word & ~mask;
            changed += BitOperations.PopCount(word ^ after);
            word = after;
            slot += span;
            count -= span;
        }

        return changed;
    }

    private int CountFree()
    {
        int used = 0;
        foreach (ulong word in words)
        {
            used += BitOperations.PopCount(word);
        }

        return Geometry.SlotsPerGroup - used;
    }
}
