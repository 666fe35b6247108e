using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Repairing;

/// <summary>Which keys the store has lost: the difference between "there is none" and "nobody knows".</summary>
internal sealed class LostKeys(IReadOnlyList<KeyRange> ranges)
{
    public bool Contains(ReadOnlySpan<byte> key)
    {
        foreach (KeyRange range in ranges)
        {
            if (range.Contains(key))
            {
                return true;
            }
        }

        return false;
    }

    public bool HasInode(ulong ino)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Inode(key, ino);
        return Contains(key);
    }

    /// <summary>Whether an extent of the file that lies within [<paramref name="start"/>, <paramref name="end"/>) may be lost.</summary>
    public bool HasExtents(ulong ino, long start, long end)
    {
        Span<byte> first = stackalloc byte[ContentKeys.ExtentLength];
        Span<byte> last = stackalloc byte[ContentKeys.ExtentLength];
        ContentKeys.Extent(first, ino, start + 1);
        ContentKeys.Extent(last, ino, end);
        return Intersects(first, last);
    }

    /// <summary>Whether keys with the prefix may be lost.</summary>
    public bool HasPrefix(ReadOnlySpan<byte> prefix)
    {
        Span<byte> last = stackalloc byte[StoreLimits.MaxKey];
        last.Fill(byte.MaxValue);
        prefix.CopyTo(last);
        return Intersects(prefix, last);
    }

    public bool HasAny(KeyTag tag) => HasPrefix([(byte)tag]);

    private bool Intersects(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        foreach (KeyRange range in ranges)
        {
            if (range.Intersects(first, last))
            {
                return true;
            }
        }

        return false;
    }
}
