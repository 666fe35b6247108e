namespace Tessera.Fuse;

/// <summary>Small counts by 64-bit id in 8 bytes each: an open-addressed table of words, the id in the upper 48 bits and its count in the lower 16.</summary>
/// <remarks>What does not fit (ids of more than 48 bits, counts of more than 65,534) lives in a dictionary; it is rare. Not thread-safe.</remarks>
internal sealed class CountTable
{
    private const int CountBits = 16;
    private const ulong CountMask = (1UL << CountBits) - 1;

    /// <summary>A count of this value stands for: look in the dictionary.</summary>
    private const ulong Elsewhere = CountMask;
    private const int SmallestSize = 64;
    private readonly Dictionary<ulong, ulong> _large = [];
    private ulong[] _words = new ulong[SmallestSize];
    private int _used;

    /// <summary>Ids with a count above zero.</summary>
    public int Count => _used + _large.Keys.Count(static id => !Fits(id));

    /// <summary>Memory of the words.</summary>
    public long Bytes => (long)_words.Length * sizeof(ulong);

    public ulong this[ulong id]
    {
        get
        {
            if (!Fits(id))
                return _large.GetValueOrDefault(id);
            var word = _words[Find(id)];
            return (word & CountMask) == Elsewhere ? _large[id] : word & CountMask;
        }

        set
        {
            if (!Fits(id))
                SetLarge(id, value);
            else if (value == 0)
                Remove(id);
            else
                Set(id, value);
        }
    }

    private static bool Fits(ulong id) => id >> (64 - CountBits) == 0;

    private void SetLarge(ulong id, ulong value)
    {
        if (value == 0)
            _large.Remove(id);
        else
            _large[id] = value;
    }

    private void Set(ulong id, ulong value)
    {
        var at = Find(id);
        if (_words[at] == 0)
        {
            if (_used + 1 > _words.Length / 4 * 3)
            {
                Resize(_words.Length * 2);
                at = Find(id);
            }

            _used++;
        }

        SetLarge(id, value < Elsewhere ? 0 : value);
        _words[at] = (id << CountBits) | Math.Min(value, Elsewhere);
    }

    private void Remove(ulong id)
    {
        var hole = Find(id);
        if (_words[hole] == 0)
            return;

        _large.Remove(id);
        _used--;

        // Linear probing without tombstones: what probed past the hole moves back into it.
        var mask = _words.Length - 1;
        for (var at = (hole + 1) & mask; _words[at] != 0; at = (at + 1) & mask)
        {
            var home = Home(_words[at] >> CountBits);
            if (((at - home) & mask) >= ((at - hole) & mask))
            {
                _words[hole] = _words[at];
                hole = at;
            }
        }

        _words[hole] = 0;
        if (_words.Length > SmallestSize && _used < _words.Length / 8)
            Resize(_words.Length / 2);
    }

    /// <summary>Where the id is, or the free word where it would go.</summary>
    private int Find(ulong id)
    {
        var mask = _words.Length - 1;
        var at = Home(id);
        while (_words[at] != 0 && _words[at] >> CountBits != id)
            at = (at + 1) & mask;
        return at;
    }

    private int Home(ulong id) => (int)((id * 0xD6E8FEB86659FD93) >> 32) & (_words.Length - 1);

    private void Resize(int size)
    {
        var old = _words;
        _words = new ulong[size];
        foreach (var word in old)
        {
            if (word != 0)
                _words[Find(word >> CountBits)] = word;
        }
    }
}
