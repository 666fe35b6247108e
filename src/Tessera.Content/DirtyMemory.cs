namespace Tessera.Content;

/// <summary>The bound on dirty memory over all files: buffers are rented through it and count against its limit until returned.</summary>
public sealed class DirtyMemory(BufferPool pool, long limit)
{
    private long used;
    private long peak;
    private long ranges;

    public long Limit { get; } = Math.Max(limit, ContentLimits.MinDirtyBytes);

    /// <summary>Bytes rented now.</summary>
    public long Used => Interlocked.Read(ref used);

    /// <summary>Separate dirty ranges of all files now.</summary>
    public long Ranges => Interlocked.Read(ref ranges);

    /// <summary>Most bytes ever rented at once.</summary>
    public long Peak => Interlocked.Read(ref peak);

    /// <summary>A buffer of <paramref name="size"/> bytes; null when that would pass the limit, and then the writer makes room
    /// first.</summary>
    public byte[]? TryRent(int size)
    {
        long now = Interlocked.Add(ref used, size);
        if (now > Limit)
        {
            Interlocked.Add(ref used, -size);
            return null;
        }

        long seen = Interlocked.Read(ref peak);
        while (now > seen)
        {
            long before = Interlocked.CompareExchange(ref peak, now, seen);
            if (before == seen)
            {
                break;
            }

            seen = before;
        }

        return pool.Rent(size);
    }

    internal void AddRanges(int count) => Interlocked.Add(ref ranges, count);

    public void Return(byte[] buffer)
    {
        pool.Return(buffer);
        Interlocked.Add(ref used, -buffer.Length);
    }
}
