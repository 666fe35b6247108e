namespace Tessera.Content;

/// <summary>The written, not yet committed ranges of a file: sorted, disjoint, in one array. Not thread-safe.</summary>
/// <param name="dirty">Counts the ranges of all files.</param>
internal sealed class DirtyMap(DirtyMemory dirty)
{
    private DirtyRange[] ranges = [];

    public int Count
    {
        get;
        private set
        {
            if (value != field)
            {
                dirty.AddRanges(value - field);
                field = value;
            }
        }
    }

    /// <summary>Bytes of all ranges.</summary>
    public long Bytes { get; private set; }

    public ref readonly DirtyRange this[int index] => ref ranges[index];

    public void Clear()
    {
        Array.Clear(ranges, 0, Count);
        Count = 0;
        Bytes = 0;
    }

    /// <summary>Index of the first range that ends after <paramref name="offset"/>; <see cref="Count"/> when there is none.</summary>
    public int Find(long offset)
    {
        int low = 0;
        int high = Count;

        // The last range is where a stream goes on: look there before searching.
        if (high > 0 && ranges[high - 1].Start <= offset)
        {
            return ranges[high - 1].End > offset ? high - 1 : high;
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (ranges[middle].End > offset)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>Lays a range over what is there. Where it continues its neighbour in the file and in the segment, the two become
    /// one.</summary>
    public void Insert(DirtyRange added)
    {
        int at = Clear(added.Start, added.End);
        Bytes += added.End - added.Start;
        if (at > 0 && Continues(ranges[at - 1], added))
        {
            ranges[at - 1].End = added.End;
            return;
        }

        Open(at, 1);
        ranges[at] = added;
    }

    /// <summary>Removes [<paramref name="start"/>, <paramref name="end"/>); returns the index where a range starting there
    /// belongs.</summary>
    public int Clear(long start, long end)
    {
        int at = Find(start);
        if (at < Count && ranges[at].Start < start)
        {
            DirtyRange whole = ranges[at];
            Bytes -= Math.Min(whole.End, end) - start;
            ranges[at].End = start;
            at++;
            if (whole.End > end)
            {
                Open(at, 1);
                ranges[at] = whole with { Start = end, Position = whole.Position + (int)(end - whole.Start) };
                return at;
            }
        }

        int last = at;
        while (last < Count && ranges[last].End <= end)
        {
            Bytes -= ranges[last].End - ranges[last].Start;
            last++;
        }

        Close(at, last - at);
        if (at < Count && ranges[at].Start < end)
        {
            Bytes -= end - ranges[at].Start;
            ranges[at].Position += (int)(end - ranges[at].Start);
            ranges[at].Start = end;
        }

        return at;
    }

    private static bool Continues(in DirtyRange before, in DirtyRange after) =>
        before.Segment == after.Segment && before.End == after.Start && before.Position + (before.End - before.Start) == after.Position;

    private void Open(int at, int count)
    {
        if (Count + count > ranges.Length)
        {
            Array.Resize(ref ranges, Math.Max(4, (Count + count) * 2));
        }

        Array.Copy(ranges, at, ranges, at + count, Count - at);
        Count += count;
    }

    private void Close(int at, int count)
    {
        if (count == 0)
        {
            return;
        }

        Array.Copy(ranges, at + count, ranges, at, Count - at - count);
        Array.Clear(ranges, Count - count, count);
        Count -= count;
    }
}
