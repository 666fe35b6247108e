using System.Runtime.CompilerServices;

namespace Tessera.Fuse;

/// <summary>Small counts by 64-bit id, eight neighbours to 16 bytes: an open-addressed table of buckets, each a key and a byte for every id of it.</summary>
/// <remarks>
/// Ids that the kernel holds are mostly consecutive, as the files of one directory are: two to four bytes each. Ids far from all others take a bucket of their own.
/// Counts that no byte holds live in a <see cref="CountTable"/>. Not thread-safe.
/// </remarks>
internal sealed class PackedCounts
{
    /// <summary>Which id of a bucket: the lowest bits.</summary>
    private const int IndexBits = 3;
    private const int CountBits = 8;
    private const ulong CountMask = (1UL << CountBits) - 1;

    /// <summary>A count of this value stands for: look among the large ones.</summary>
    private const ulong Elsewhere = CountMask;
    private const int SmallestSize = 32;
    private Bucket[] _buckets = new Bucket[SmallestSize];
    private CountTable? _large;
    private int _used;

    /// <summary>Ids with a count above zero.</summary>
    public int Count { get; private set; }

    /// <summary>Memory that it takes.</summary>
    public long Bytes => ((long)_buckets.Length * Unsafe.SizeOf<Bucket>()) + (_large?.Bytes ?? 0);

    public ulong this[ulong id]
    {
        get
        {
            var count = (_buckets[Find(BucketOf(id))].Counts >> ShiftOf(id)) & CountMask;
            return count == Elsewhere ? _large![id] : count;
        }

        set
        {
            var at = Find(BucketOf(id));
            var counts = _buckets[at].Counts;
            var old = (counts >> ShiftOf(id)) & CountMask;
            var small = Math.Min(value, Elsewhere);
            if (old == Elsewhere || small == Elsewhere)
                (_large ??= new CountTable())[id] = small == Elsewhere ? value : 0;

            Count += (small > 0 ? 1 : 0) - (old > 0 ? 1 : 0);
            Store(at, BucketOf(id), (counts & ~(CountMask << ShiftOf(id))) | (small << ShiftOf(id)));
        }
    }

    /// <summary>Adds the ids with a count above zero to a list.</summary>
    public void AddTo(List<ulong> ids)
    {
        foreach (var bucket in _buckets)
        {
            for (var index = 0; index <= (1 << IndexBits) - 1; index++)
            {
                if (((bucket.Counts >> (index * CountBits)) & CountMask) != 0)
                    ids.Add((bucket.Key << IndexBits) | (uint)index);
            }
        }
    }

    /// <summary>Buckets by their key: what belongs together must be asked of one table.</summary>
    public static ulong BucketOf(ulong id) => id >> IndexBits;

    private static int ShiftOf(ulong id) => (int)(id & ((1UL << IndexBits) - 1)) * CountBits;

    private void Store(int at, ulong key, ulong counts)
    {
        var was = _buckets[at].Counts;
        if (counts == 0)
        {
            if (was != 0)
                Remove(at);
            return;
        }

        if (was == 0)
        {
            if (_used + 1 > _buckets.Length / 4 * 3)
            {
                Resize(_buckets.Length * 2);
                at = Find(key);
            }

            _used++;
        }

        _buckets[at] = new Bucket(key, counts);
    }

    private void Remove(int hole)
    {
        _used--;

        // Linear probing without tombstones: what probed past the hole moves back into it.
        var mask = _buckets.Length - 1;
        for (var at = (hole + 1) & mask; _buckets[at].Counts != 0; at = (at + 1) & mask)
        {
            if (((at - Home(_buckets[at].Key)) & mask) >= ((at - hole) & mask))
            {
                _buckets[hole] = _buckets[at];
                hole = at;
            }
        }

        _buckets[hole] = default;
        if (_buckets.Length > SmallestSize && _used < _buckets.Length / 8)
            Resize(_buckets.Length / 2);
    }

    /// <summary>Where the bucket is, or the free place where it would go.</summary>
    private int Find(ulong key)
    {
        var mask = _buckets.Length - 1;
        var at = Home(key);
        while (_buckets[at].Counts != 0 && _buckets[at].Key != key)
            at = (at + 1) & mask;
        return at;
    }

    private int Home(ulong key) => (int)((key * 0xD6E8FEB86659FD93) >> 32) & (_buckets.Length - 1);

    private void Resize(int size)
    {
        var old = _buckets;
        _buckets = new Bucket[size];
        foreach (var bucket in old)
        {
            if (bucket.Counts != 0)
                _buckets[Find(bucket.Key)] = bucket;
        }
    }

    /// <summary>Free while all of its counts are zero.</summary>
    private readonly record struct Bucket(ulong Key, ulong Counts);
}
