using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>The bytes of one open or dirty file: what was written and is not committed, over the extents of the store, over
/// zeros.</summary>
/// <remarks>
/// <para>Locks, outermost first: <see cref="FlushLock"/> (one flush at a time), the inode's reader/writer lock (shared by readers and
/// writers of
/// bytes, exclusive for whoever changes extents), <see cref="Sync"/> (memory only, never held across I/O).</para>
/// <para>Writes go to the <em>active</em> map. A flush freezes it: the frozen map stays readable under the next active one until its
/// ranges are
/// committed, so writers and readers go on while blocks are written.</para>
/// </remarks>
public sealed partial class FileContent
{
    private readonly ContentServices services;
    private readonly ulong ino;
    private DirtyMap active;
    private DirtyMap frozen;
    private List<Segment> segments = [];
    private List<Segment> frozenSegments = [];
    private Segment? current;

    /// <param name="services">What all files share.</param>
    /// <param name="ino">The file.</param>
    /// <param name="sync">The lock of the inode's memory: size and dirty ranges change together.</param>
    public FileContent(ContentServices services, ulong ino, Lock sync)
    {
        this.services = services;
        this.ino = ino;
        active = new DirtyMap(services.Dirty);
        frozen = new DirtyMap(services.Dirty);
        Sync = sync;
    }

    public Lock Sync { get; }

    /// <summary>Held by whoever flushes, truncates or packs the file.</summary>
    public AsyncReaderWriterLock FlushLock { get; } = new();

    /// <summary>Some written bytes are not committed. Under <see cref="Sync"/>, as the next five.</summary>
    public bool IsDirty => active.Count > 0 || frozen.Count > 0;

    /// <summary>Bytes written and not committed.</summary>
    public long DirtyBytes => active.Bytes + frozen.Bytes;

    /// <summary>The file has so many separate ranges, or so many bytes in unclaimed blocks, that it is to be flushed soon.</summary>
    public bool WantsFlush => active.Count >= ContentLimits.MaxDirtyRanges || unclaimedBytes >= ContentLimits.MaxUnclaimedBytes;

    /// <summary>The file has far more separate ranges than it should: the writer flushes it before it goes on.</summary>
    public bool MustFlush => active.Count >= 4 * ContentLimits.MaxDirtyRanges;

    /// <summary>Nobody holds or waits for <see cref="FlushLock"/> and nothing is dirty: the object can be forgotten.</summary>
    public bool IsIdle => !IsDirty && segments.Count == 0 && FlushLock.IsFree;

    /// <summary>A full segment waits to be written.</summary>
    public bool HasClosedSegment => closedWaiting > 0;

    /// <summary>Forgets all dirty bytes: the file is gone or truncated to nothing. Under the inode's lock, exclusive, and <see cref="FlushLock"/>.</summary>
    public void Drop()
    {
        lock (Sync)
        {
            active.Clear();
            frozen.Clear();
            Free(segments);
            Free(frozenSegments);
            current = null;
            closedWaiting = 0;
            unclaimedBytes = 0;
        }
    }

    /// <summary>Forgets dirty bytes of [<paramref name="start"/>, <paramref name="end"/>). Under the same locks; nothing is frozen.</summary>
    public void DropRange(long start, long end)
    {
        lock (Sync)
        {
            active.Clear(start, end);
        }
    }

    private void Free(List<Segment> list)
    {
        foreach (Segment segment in list)
        {
            if (segment.Buffer is { } buffer)
            {
                segment.Buffer = null;
                services.Dirty.Return(buffer);
            }

            foreach (BlockReference block in segment.UnclaimedBlocks)
            {
                services.Store.DiscardBlock(block);
            }
        }

        list.Clear();
    }
}
