namespace Tessera.Volumes.Checking;

/// <summary>A set of block addresses, which lie close together: 512 bytes for each page of 4,096 that has one.</summary>
internal sealed class AddressSet
{
    private const int PageShift = 12;
    private readonly Dictionary<ulong, ulong[]> pages = [];

    /// <summary>False when the address is in the set already.</summary>
    public bool Add(ulong address)
    {
        if (!pages.TryGetValue(address >> PageShift, out ulong[]? words))
        {
            words = new ulong[(1 << PageShift) / 64];
            pages.Add(address >> PageShift, words);
        }

        int bit = (int)(address & ((1 << PageShift) - 1));
        ulong mask = 1UL << (bit & 63);
        bool isNew = (words[bit >> 6] & mask) == 0;
        words[bit >> 6] |= mask;
        return isNew;
    }
}
