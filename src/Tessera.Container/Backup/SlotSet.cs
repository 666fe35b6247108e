using Tessera.Container.Format;

namespace Tessera.Container.Backup;

/// <summary>A set of slots: 2 KiB of memory for each group of 64 MiB that has a member.</summary>
internal sealed class SlotSet
{
    private readonly Dictionary<uint, ulong[]> groups = [];

    /// <summary>False when the slot was in the set already.</summary>
    public bool Add(ulong address)
    {
        uint group = SlotAddress.Group(address);
        if (!groups.TryGetValue(group, out ulong[]? words))
        {
            words = new ulong[Geometry.SlotsPerGroup / 64];
            groups.Add(group, words);
        }

        int slot = SlotAddress.Slot(address);
        ulong bit = 1UL << (slot & 63);
        bool isNew = (words[slot >> 6] & bit) == 0;
        words[slot >> 6] |= bit;
        return isNew;
    }
}
