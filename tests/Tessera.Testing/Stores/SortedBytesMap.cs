namespace Tessera.Testing.Stores;

/// <summary>An ordered map of byte strings in memory: sorted chunks of sorted entries. Not thread-safe.</summary>
internal sealed class SortedBytesMap
{
    private const int MaxChunk = 512;
    private readonly List<List<Entry>> chunks = [[]];

    public int Count { get; private set; }

    public Entry? Find(ReadOnlySpan<byte> key)
    {
        List<Entry> chunk = chunks[ChunkOf(key)];
        int at = IndexIn(chunk, key);
        return at < chunk.Count && key.SequenceEqual(chunk[at].Key) ? chunk[at] : null;
    }

    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong version)
    {
        int chunkAt = ChunkOf(key);
        List<Entry> chunk = chunks[chunkAt];
        int at = IndexIn(chunk, key);
        if (at < chunk.Count && key.SequenceEqual(chunk[at].Key))
        {
            chunk[at].Set(value, version);
            return;
        }

        chunk.Insert(at, new Entry(key, value, version));
        Count++;
        if (chunk.Count > MaxChunk)
        {
            chunks.Insert(chunkAt + 1, chunk.GetRange(MaxChunk / 2, chunk.Count - (MaxChunk / 2)));
            chunk.RemoveRange(MaxChunk / 2, chunk.Count - (MaxChunk / 2));
        }
    }

    public void Remove(ReadOnlySpan<byte> key)
    {
        int chunkAt = ChunkOf(key);
        List<Entry> chunk = chunks[chunkAt];
        int at = IndexIn(chunk, key);
        if (at == chunk.Count || !key.SequenceEqual(chunk[at].Key))
        {
            return;
        }

        chunk.RemoveAt(at);
        Count--;
        if (chunk.Count == 0 && chunks.Count > 1)
        {
            chunks.RemoveAt(chunkAt);
        }
    }

    /// <summary>The entries at or after <paramref name="from"/>, in order. The map must not change meanwhile.</summary>
    public IEnumerable<Entry> From(byte[] from)
    {
        int chunkAt = ChunkOf(from);
        int at = IndexIn(chunks[chunkAt], from);
        for (; chunkAt < chunks.Count; chunkAt++, at = 0)
        {
            for (; at < chunks[chunkAt].Count; at++)
            {
                yield return chunks[chunkAt][at];
            }
        }
    }

    private static int IndexIn(List<Entry> chunk, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = chunk.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (key.SequenceCompareTo(chunk[middle].Key) > 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The last chunk whose first key is not greater than the key; the first chunk when there is none.</summary>
    private int ChunkOf(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = chunks.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (key.SequenceCompareTo(chunks[middle][0].Key) >= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    internal sealed class Entry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong version)
    {
        public byte[] Key { get; } = key.ToArray();

        public byte[] Value { get; private set; } = value.ToArray();

        public ulong Version { get; private set; } = version;

        public void Set(ReadOnlySpan<byte> value, ulong version)
        {
            Value = value.ToArray();
            Version = version;
        }
    }
}
