using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>Every limit of the content layer, with its reason.</summary>
public static class ContentLimits
{
    /// <summary>Largest piece of dirty memory, bytes: one becomes one block of the store, or several where its blocks are short.</summary>
    public const int MaxSegment = StoreLimits.MaxBlock;

    /// <summary>Shortest block a piece of dirty memory is broken into when free space is in pieces, bytes: a slot.</summary>
    public const int MinBlockPiece = 4096;

    /// <summary>Shortest such block with tags of its own in the store: below, the ends of its slots would waste more than a sixteenth.</summary>
    public const int MinTaggedPiece = 64 << 10;

    /// <summary>First and second size of a file's dirty memory: most files are small and thousands may be dirty at once.</summary>
    public const int SmallSegment = 16 << 10;

    public const int MiddleSegment = 128 << 10;

    /// <summary>A file up to this size lies in the map itself: a block would cost a slot and an indirection for the same bytes.</summary>
    public const int MaxInlineFile = 4096;

    /// <summary>Longest content of one inline extent, bytes. Half of <see cref="StoreLimits.MaxValue"/>, so that leaves stay well
    /// filled.</summary>
    public const int MaxInlineExtent = 4096;

    /// <summary>A flush of at most this many bytes is kept inline: a block for each small append would waste most of a slot.</summary>
    public const int MaxInlineFlush = 4096;

    /// <summary>The same for fsync: they reach the disk in the log's one write, and are packed into blocks later.</summary>
    public const int MaxInlineSync = 32 << 10;

    /// <summary>Most separate dirty ranges of one file: inserting into the sorted array stays in the microseconds.</summary>
    public const int MaxDirtyRanges = 4096;

    /// <summary>Dirty memory over all files unless told otherwise, bytes.</summary>
    public const long DefaultDirtyBytes = 64 << 20;

    /// <summary>Least dirty memory a volume works with: two of the largest segments per core and some small ones.</summary>
    public const long MinDirtyBytes = 4 << 20;

    /// <summary>Block contents kept for reading unless told otherwise, bytes.</summary>
    public const long DefaultBlockCacheBytes = 16 << 20;

    /// <summary>Blocks that may be under way from the store ahead of the reader.</summary>
    public const int MaxReadAhead = 4;

    /// <summary>Shortest block that is read ahead of who reads in a row, bytes: of shorter ones (scattered volumes have no others) a request names many, the kernel reads ahead by
    /// requests, and a task for each takes longer than its reading.</summary>
    public const int LeastReadAhead = 16 << 10;

    /// <summary>Fewest blocks of a piece of dirty memory that are worth another thread.</summary>
    public const int LeastTogether = 8;

    /// <summary>Blocks of one file written at a time, however many processors there are: each holds a buffer of its size.</summary>
    public const int MaxWriters = 4;

    /// <summary>With less free space, bytes, blocks are written one after the other: they look for the same last runs.</summary>
    public const long AmpleRoom = 256 << 20;

    /// <summary>A read at least this long goes straight into the reader's buffer: a copy through the cache would cost more than it
    /// saves.</summary>
    public const int DirectRead = 512 << 10;

    /// <summary>Free buffers kept for reuse while nothing is written, bytes; as much as may be dirty while something is.</summary>
    public const long MaxFreeBufferBytes = 16 << 20;

    /// <summary>Extents of a file kept decoded.</summary>
    public const int ExtentWindow = 16;

    /// <summary>Short blocks that are asked for at once.</summary>
    public const int MaxRun = 128;

    /// <summary>Blocks up to this are read many at once, bytes: what one takes is mostly asking the disk for it.</summary>
    public const int MaxBlockOfRun = 4096;

    /// <summary>Room left in a batch for the inode and the block records when extents fill it, bytes.</summary>
    public const int BatchMargin = 32 << 10;

    /// <summary>Entries of the first edit after one that found no room on a full volume: what its reserve is enough for, with the file's record and
    /// marks.</summary>
    public const int SmallEditEntries = 14;

    /// <summary>What the records of one separate dirty range may take, bytes: a new extent and the end of one it splits, some 100 bytes each, in two copies of
    /// nodes that are half full.</summary>
    public const int RangeOverhead = 1024;

    /// <summary>Inline bytes of one larger file that are worth a block of their own: then they are packed.</summary>
    public const long UnsettledFileBytes = 512 << 10;

    /// <summary>Inline bytes of all larger files together, at which all are packed: the map never holds more than about twice
    /// this.</summary>
    public const long UnsettledTotalBytes = 8 << 20;

    /// <summary>What an inline extent costs besides its bytes (key, value header), bytes.</summary>
    public const int InlineOverhead = 64;

    /// <summary>Blocks written for a file and not yet claimed by a commit, bytes: at most this is lost with the process, and returned to
    /// nobody until the next open.</summary>
    public const long MaxUnclaimedBytes = 32 << 20;

    /// <summary>A file's blocks may hold this much dead data besides as much as is live, bytes, before it is compacted.</summary>
    public const long GarbageFloor = 1 << 20;

    /// <summary>Blocks with less than one part in this many alive are rewritten by compaction.</summary>
    public const int CompactBelow = 4;
}
