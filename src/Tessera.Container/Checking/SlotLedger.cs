using System.Numerics;
using Tessera.Container.Format;
using Tessera.Container.Parity;
using Tessera.Container.Space;

namespace Tessera.Container.Checking;

/// <summary>Two bits for every slot: what the free space map tells, and what was really reached. 64 KiB for each GiB of the volume.</summary>
/// <param name="journal">Takes what is wrong.</param>
/// <param name="groups">Groups of the volume.</param>
/// <param name="parity">The stripes that slots are used in; null where each is used alone.</param>
internal sealed class SlotLedger(CheckJournal journal, uint groups, ParityMedium? parity)
{
    private const int WordsPerGroup = Geometry.SlotsPerGroup / 64;
    private readonly int stripe = parity?.Layout.Data ?? 1;
    private readonly ulong[]?[] told = new ulong[]?[groups];
    private readonly ulong[]?[] reached = new ulong[]?[groups];

    /// <summary>Slots at the end of damaged copies of chains: used, and nobody can say any more which they are.</summary>
    private long lostSlots;

    public uint Groups => groups;

    public long ReachedSlots { get; private set; }

    public long ToldSlots => told.Sum(words => words is null ? 0L : words.Sum(word => (long)BitOperations.PopCount(word)));

    /// <summary>The bitmap of a group as the tree tells it; the slots it leaves free.</summary>
    public int Tell(uint group, ReadOnlySpan<byte> page)
    {
        ulong[] words = Words(told, group);
        int free = Geometry.SlotsPerGroup;
        for (int i = 0; i < WordsPerGroup; i++)
        {
            words[i] = BitConverter.ToUInt64(page[(i * sizeof(ulong))..]);
            free -= BitOperations.PopCount(words[i]);
        }

        return free;
    }

    /// <summary>A run changed hands after the bitmaps were written.</summary>
    public void Tell(SpaceChange change)
    {
        ulong[] words = Words(told, SlotAddress.Group(change.Address));
        int slot = SlotAddress.Slot(change.Address);
        for (int i = slot; i < slot + change.Slots; i++)
        {
            ulong bit = 1UL << (i & 63);
            words[i >> 6] = change.Taken ? words[i >> 6] | bit : words[i >> 6] & ~bit;
        }
    }

    /// <summary>Both copies of header, key slots and roots.</summary>
    public void ReachFixed(FixedPlaces places)
    {
        if (parity is not null)
        {
            foreach (long reserved in parity.Reserved)
            {
                Reach(SlotAddress.At(reserved * stripe), stripe, "the fixed slots");
            }

            return;
        }

        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            Reach(SlotAddress.Of(0, places.FirstSlot(copy)), Geometry.FixedSlots, "the fixed slots");
        }
    }

    /// <summary>Something lies in this run.</summary>
    /// <returns>False when something else was reached there before.</returns>
    public bool Reach(ulong address, int slots, string what, string? key = null)
    {
        (address, slots) = SlotAddress.Whole(address, slots, stripe);
        ulong[] words = Words(reached, SlotAddress.Group(address));
        int start = SlotAddress.Slot(address);
        ulong? twice = null;
        for (int slot = start; slot < start + slots; slot++)
        {
            ulong bit = 1UL << (slot & 63);
            if ((words[slot >> 6] & bit) != 0)
            {
                twice ??= SlotAddress.Of(SlotAddress.Group(address), slot);
            }

            words[slot >> 6] |= bit;
        }

        if (twice is { } at)
        {
            journal.Add(new Finding(FindingKind.SlotUsedTwice, FindingSeverity.DataLost, $"A slot of {what} is used by something else too (address {at:x}).", at, key));
        }

        ReachedSlots += slots;
        journal.Advance(slots);
        return twice is null;
    }

    /// <summary>The bitmap of what was reached in a group.</summary>
    public byte[] ReachedPage(uint group) => PageOf(reached[group]);

    /// <summary>The bitmap of what was reached in a group or is told to be used: nothing of it may be overwritten while the old root counts.</summary>
    public byte[] UsedPage(uint group)
    {
        byte[] page = PageOf(reached[group]);
        for (int i = 0; told[group] is { } marks && i < WordsPerGroup; i++)
        {
            Span<byte> word = page.AsSpan(i * sizeof(ulong));
            BitConverter.TryWriteBytes(word, BitConverter.ToUInt64(word) | marks[i]);
        }

        return page;
    }

    private static byte[] PageOf(ulong[]? words)
    {
        byte[] page = new byte[WordsPerGroup * sizeof(ulong)];
        for (int i = 0; words is not null && i < WordsPerGroup; i++)
        {
            BitConverter.TryWriteBytes(page.AsSpan(i * sizeof(ulong)), words[i]);
        }

        return page;
    }

    public void ExpectLost(int slots) => lostSlots += (long)slots * stripe;

    /// <summary>Compares both: runs marked and not reached leaked, runs reached and not marked may be overwritten.</summary>
    public void Compare()
    {
        bool mayHaveLeaked = !journal.IsViewPartial && CountUnreached() != lostSlots;
        for (uint group = 0; group < groups; group++)
        {
            if (told[group] is null && reached[group] is null)
            {
                continue;
            }

            ulong[] marks = Words(told, group);
            ulong[] uses = Words(reached, group);
            if (mayHaveLeaked)
            {
                Report(group, slot => IsSet(marks, slot) && !IsSet(uses, slot), FindingKind.SlotLeaked, "marked used and belong to nothing");
            }

            Report(group, slot => !IsSet(marks, slot) && IsSet(uses, slot), FindingKind.SlotNotMarked, "in use and marked free: they may be overwritten");
        }
    }

    private long CountUnreached()
    {
        long count = 0;
        for (uint group = 0; group < groups; group++)
        {
            for (int i = 0; told[group] is { } marks && i < WordsPerGroup; i++)
            {
                count += BitOperations.PopCount(marks[i] & ~(reached[group]?[i] ?? 0));
            }
        }

        return count;
    }

    private static bool IsSet(ulong[] words, int slot) => (words[slot >> 6] & (1UL << (slot & 63))) != 0;

    private static ulong[] Words(ulong[]?[] map, uint group) => map[group] ??= new ulong[WordsPerGroup];

    private void Report(uint group, Func<int, bool> isWrong, FindingKind kind, string what)
    {
        for (int slot = 0; slot < Geometry.SlotsPerGroup; slot++)
        {
            int start = slot;
            while (slot < Geometry.SlotsPerGroup && isWrong(slot))
            {
                slot++;
            }

            if (slot > start)
            {
                ulong address = SlotAddress.Of(group, start);
                journal.Add(new Finding(kind, FindingSeverity.Inconsistent, $"{slot - start} slots from address {address:x} are {what}.", address));
            }
        }
    }
}
