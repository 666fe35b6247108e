namespace Tessera.Content;

public sealed partial class FileContent
{
    /// <summary>The first offset from <paramref name="offset"/> on that is in data, or in a hole; <paramref name="length"/> when there is none before
    /// it. The caller holds the inode's lock, shared.</summary>
    /// <exception cref="Tessera.Core.Stores.StoreDamageException">The extents cannot be read.</exception>
    public async ValueTask<long> SeekAsync(long offset, long length, bool data)
    {
        while (offset < length)
        {
            bool isDirty;
            long until;
            bool known;
            Extent extent;
            lock (Sync)
            {
                isDirty = IsDirtyAt(offset, out until);
                known = FindInWindow(offset, out extent, out _);
            }

            if (!isDirty)
            {
                if (!known)
                {
                    (_, extent, _) = await FillWindowAsync(offset, default, ReadOrder.Sequential);
                }

                until = Math.Min(until, extent.End);
            }

            if ((isDirty || extent.Kind != ExtentKind.Hole) == data)
            {
                return offset;
            }

            offset = until;
        }

        return length;
    }

    /// <summary>Whether the offset was written and is not committed; and how far that is so.</summary>
    private bool IsDirtyAt(long offset, out long until)
    {
        until = long.MaxValue;
        return IsDirtyAt(active, offset, ref until) || IsDirtyAt(frozen, offset, ref until);
    }

    private static bool IsDirtyAt(DirtyMap map, long offset, ref long until)
    {
        int at = map.Count == 0 ? 0 : map.Find(offset);
        if (at == map.Count)
        {
            return false;
        }

        bool covers = map[at].Start <= offset;
        until = covers ? map[at].End : Math.Min(until, map[at].Start);
        return covers;
    }
}
