using System.Buffers.Binary;

namespace Tessera.Core.Stores;

/// <summary>A reusable page of scanned entries: keys and values copied one after the other into one buffer. Not thread-safe.</summary>
public sealed class ScanPage
{
    private const int HeaderLength = 16;
    private readonly byte[] buffer;
    private readonly int maxEntries;
    private int used;
    private int lastEntry = -1;

    /// <param name="capacity">Bytes of the page; at least one entry of the largest size always fits.</param>
    /// <param name="maxEntries">Most entries of the page.</param>
    public ScanPage(int capacity, int maxEntries = int.MaxValue)
    {
        buffer = new byte[Math.Max(capacity, HeaderLength + StoreLimits.MaxKey + StoreLimits.MaxValue)];
        this.maxEntries = maxEntries;
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>The scan reached the end of its range.</summary>
    public bool Complete { get; private set; }

    /// <summary>The last entry's key; empty when there is none.</summary>
    public ReadOnlySpan<byte> LastKey => lastEntry < 0 ? default : KeyAt(lastEntry);

    public void Reset()
    {
        used = 0;
        Count = 0;
        lastEntry = -1;
        Complete = false;
    }

    /// <summary>For stores: adds an entry; false when the page is full.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong version)
    {
        if (Count >= maxEntries || used + HeaderLength + key.Length + value.Length > buffer.Length)
        {
            return false;
        }

        Span<byte> entry = buffer.AsSpan(used);
        BinaryPrimitives.WriteInt32LittleEndian(entry, key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], value.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], version);
        key.CopyTo(entry[HeaderLength..]);
        value.CopyTo(entry[(HeaderLength + key.Length)..]);
        lastEntry = used;
        used += HeaderLength + key.Length + value.Length;
        Count++;
        return true;
    }

    /// <summary>For stores: the range is exhausted.</summary>
    public void MarkComplete() => Complete = true;

    public Enumerator GetEnumerator() => new(this);

    private ReadOnlySpan<byte> KeyAt(int at) => buffer.AsSpan(at + HeaderLength, BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at)));

    /// <summary>One entry of the page, lent until the page is reset.</summary>
    public readonly ref struct Entry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong version)
    {
        public ReadOnlySpan<byte> Key { get; } = key;

        public ReadOnlySpan<byte> Value { get; } = value;

        public ulong Version { get; } = version;
    }

    /// <summary>Walks the entries in order.</summary>
    public ref struct Enumerator(ScanPage page)
    {
        private readonly ScanPage page = page;
        private int at = -1;
        private int next;

        public readonly Entry Current
        {
            get
            {
                ReadOnlySpan<byte> entry = page.buffer.AsSpan(at);
                int keyLength = BinaryPrimitives.ReadInt32LittleEndian(entry);
                int valueLength = BinaryPrimitives.ReadInt32LittleEndian(entry[4..]);
                return new Entry(
                    entry.Slice(HeaderLength, keyLength),
                    entry.Slice(HeaderLength + keyLength, valueLength),
                    BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]));
            }
        }

        public bool MoveNext()
        {
            if (next >= page.used)
            {
                return false;
            }

            at = next;
            ReadOnlySpan<byte> entry = page.buffer.AsSpan(at);
            next = at + HeaderLength + BinaryPrimitives.ReadInt32LittleEndian(entry) + BinaryPrimitives.ReadInt32LittleEndian(entry[4..]);
            return true;
        }
    }
}
