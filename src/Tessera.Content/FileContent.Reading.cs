using System.Buffers;
using Tessera.Core.Stores;

namespace Tessera.Content;

public sealed partial class FileContent
{
    private Extent[] window = [];
    private int windowCount;
    private long windowStart;
    private long windowEnd;

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>: dirty bytes, extents, zeros. The caller holds the
    /// inode's lock, shared,
    /// and has cut the destination at the file's end.</summary>
    /// <exception cref="StoreDamageException">Some of the bytes cannot be read.</exception>
    public async ValueTask ReadAsync(long offset, Memory<byte> destination, ReadOrder order)
    {
        while (!destination.IsEmpty)
        {
            DirtyStep step;
            lock (Sync)
            {
                step = ReadDirty(offset, destination.Span);
            }

            int done = step.Length;
            if (step.Source == DirtySource.Block)
            {
                await services.Store.ReadBlockAsync(step.Block, step.BlockOffset, destination[..done]);
            }
            else if (step.Source == DirtySource.None)
            {
                int together = services.MaxBlock <= ContentLimits.MaxBlockOfRun && done > services.MaxBlock ? await ReadRunAsync(offset, destination[..done]) : 0;
                done = together > 0 ? together : await ReadExtentAsync(offset, destination[..done], order);
            }

            offset += done;
            destination = destination[done..];
        }
    }

    /// <summary>The extents changed: what is decoded of them is void. Under the inode's lock, exclusive.</summary>
    public void ForgetExtents()
    {
        lock (Sync)
        {
            VoidWindow();
        }
    }

    private void VoidWindow()
    {
        windowCount = 0;
        windowStart = 0;
        windowEnd = 0;
    }

    /// <summary>Copies the dirty bytes at the offset, newest first, or tells how far there are none.</summary>
    private DirtyStep ReadDirty(long offset, Span<byte> destination)
    {
        long end = offset + destination.Length;
        if (TryStep(active, offset, ref end, destination, out DirtyStep step) || TryStep(frozen, offset, ref end, destination, out step))
        {
            return step;
        }

        return new DirtyStep(DirtySource.None, (int)(end - offset), default, 0);
    }

    /// <summary>If the map covers the offset, takes the step; otherwise brings <paramref name="end"/> down to where the map begins
    /// to.</summary>
    private static bool TryStep(DirtyMap map, long offset, ref long end, Span<byte> destination, out DirtyStep step)
    {
        step = default;
        int at = map.Count == 0 ? 0 : map.Find(offset);
        if (at == map.Count)
        {
            return false;
        }

        ref readonly DirtyRange range = ref map[at];
        if (range.Start > offset)
        {
            end = Math.Min(end, range.Start);
            return false;
        }

        int count = (int)(Math.Min(end, range.End) - offset);
        int position = range.Position + (int)(offset - range.Start);
        if (range.Segment.Buffer is { } buffer)
        {
            buffer.AsSpan(position, count).CopyTo(destination);
            step = new DirtyStep(DirtySource.Memory, count, default, 0);
            return true;
        }

        SegmentBlock block = range.Segment.BlockAt(position, out int blockOffset);
        count = (int)Math.Min(count, block.Reference.Length - blockOffset);
        step = new DirtyStep(DirtySource.Block, count, block.Reference, blockOffset);
        return true;
    }

    /// <summary>Reads from the one extent or hole at the offset; returns how many bytes.</summary>
    private async ValueTask<int> ReadExtentAsync(long offset, Memory<byte> destination, ReadOrder order)
    {
        Extent extent;
        Upcoming upcoming;
        bool known;
        lock (Sync)
        {
            known = FindInWindow(offset, out extent, out upcoming) && (order != ReadOrder.OneByOne || upcoming.Second is not null || windowEnd == long.MaxValue);
        }

        if (!known)
        {
            int copied;
            (copied, extent, upcoming) = await FillWindowAsync(offset, destination, order);
            if (copied > 0)
            {
                return copied;
            }
        }

        int count = (int)Math.Min(extent.End - offset, destination.Length);
        destination = destination[..count];
        if (order == ReadOrder.OneByOne)
        {
            // Begun before this block is read, so that the disk and the other processors work on them at the same time.
            Prefetch(upcoming.First);
            Prefetch(upcoming.Second);
        }

        switch (extent.Kind)
        {
            case ExtentKind.Hole:
                destination.Span.Clear();
                break;
            case ExtentKind.Lost:
                throw new StoreDamageException($"Bytes {extent.Start} to {extent.End - 1} of inode {ino} are lost: a repair found no whole copy of them.");
            case ExtentKind.Inline:
                await ReadInlineAsync(extent, offset, destination);
                break;
            default:
                await ReadBlockAsync(extent, offset, destination, order);
                break;
        }

        if (order == ReadOrder.Sequential && count < ContentLimits.DirectRead && upcoming.First is { Length: >= ContentLimits.LeastReadAhead })
        {
            Prefetch(upcoming.First);
        }

        return count;
    }

    private void Prefetch(BlockReference? block)
    {
        if (block is { } known)
        {
            services.Blocks.Prefetch(known);
        }
    }

    private async ValueTask ReadBlockAsync(Extent extent, long offset, Memory<byte> destination, ReadOrder order)
    {
        int at = extent.BlockOffset + (int)(offset - extent.Start);
        bool load = order != ReadOrder.Random && destination.Length < ContentLimits.DirectRead && destination.Length < extent.Block.Length;
        if (!await TryReadCachedAsync(extent.Block, at, destination, load))
        {
            await services.Store.ReadBlockAsync(extent.Block, at, destination);
        }
    }

    /// <summary>Reads through the cache; false when it does not have the block, or cannot: a damaged unit must cost nobody the rest of its block.</summary>
    private async ValueTask<bool> TryReadCachedAsync(BlockReference block, int at, Memory<byte> destination, bool load)
    {
        try
        {
            return await services.Blocks.ReadAsync(block, at, destination, load);
        }
        catch (StoreDamageException)
        {
            return false; // The range that was asked for may be whole; if not, reading it alone says so.
        }
    }

    /// <summary>Reads several short blocks at once, past the cache; returns how many bytes, 0 when no more than one begins at the offset, or one of them cannot be read.</summary>
    /// <remarks>Their extents are decoded for this request alone: the kernel reads ahead by several at a time, each of which would void the window of another.</remarks>
    private async ValueTask<int> ReadRunAsync(long offset, Memory<byte> destination)
    {
        BlockReference[] run = ArrayPool<BlockReference>.Shared.Rent(ContentLimits.MaxRun);
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            long end = offset + destination.Length;
            int fromLength = ContentKeys.Extent(scratch.Key, ino, offset + 1);
            int toLength = ContentKeys.Extent(scratch.Key2, ino, end == long.MaxValue ? end : end + 1);
            await services.Store.ScanAsync(scratch.Key.AsMemory(0, fromLength), scratch.Key2.AsMemory(0, toLength), scratch.Page);
            int count = FindRun(scratch.Page, (offset, end), run, out int length);
            if (count < 2)
            {
                return 0;
            }

            await services.Store.ReadBlocksAsync(run.AsMemory(0, count), destination[..length]);
            return length;
        }
        catch (StoreDamageException)
        {
            return 0; // One by one, each that is whole is read, and the damaged one says so itself.
        }
        finally
        {
            services.Scratch.Return(scratch);
            ArrayPool<BlockReference>.Shared.Return(run);
        }
    }

    /// <summary>The short blocks of a page that follow each other from the offset on and lie in the range whole.</summary>
    private static int FindRun(ScanPage page, (long Offset, long End) range, BlockReference[] run, out int length)
    {
        length = 0;
        int count = 0;
        foreach (ScanPage.Entry entry in page)
        {
            Extent extent = Extent.Decode(entry.Key, entry.Value);
            if (extent.Start != range.Offset + length || extent.End > range.End || !extent.IsWholeBlock || extent.Length > ContentLimits.MaxBlockOfRun || count == ContentLimits.MaxRun)
            {
                break;
            }

            run[count++] = extent.Block;
            length += (int)extent.Length;
        }

        return count;
    }

    private async ValueTask ReadInlineAsync(Extent extent, long offset, Memory<byte> destination)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = ContentKeys.Extent(scratch.Key, ino, extent.End);
            StoreEntry entry = await services.Store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            if (!entry.Found || entry.Length != 1 + extent.Length)
            {
                throw new StoreDamageException($"An inline extent of inode {ino} is gone.");
            }

            scratch.Value.AsSpan(1 + (int)(offset - extent.Start), destination.Length).CopyTo(destination.Span);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>The extent, or a hole made up for the occasion, that covers the offset, and the blocks after it.</summary>
    private bool FindInWindow(long offset, out Extent extent, out Upcoming upcoming)
    {
        extent = default;
        upcoming = default;
        if (offset < windowStart || offset >= windowEnd)
        {
            return false;
        }

        int at = 0;
        while (at < windowCount && window[at].End <= offset)
        {
            at++;
        }

        if (at < windowCount && window[at].Start <= offset)
        {
            extent = window[at];
            at++;
        }
        else
        {
            long end = at < windowCount ? window[at].Start : windowEnd;
            extent = new Extent { Start = offset, End = end, Kind = ExtentKind.Hole };
        }

        upcoming = new Upcoming(BlockAt(at), BlockAt(at + 1));
        return true;
    }

    private BlockReference? BlockAt(int at) => at < windowCount && window[at].Kind == ExtentKind.Block ? window[at].Block : null;

    /// <summary>Decodes the extents from the offset on. Inline bytes are copied at once, since they are at hand; then the count is above
    /// zero.</summary>
    private async ValueTask<(int Copied, Extent Extent, Upcoming Upcoming)> FillWindowAsync(long offset, Memory<byte> destination, ReadOrder order)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ScanPage page = order == ReadOrder.Random ? scratch.FewEntries : scratch.Page;
        try
        {
            int fromLength = ContentKeys.Extent(scratch.Key, ino, offset + 1);
            int toLength = ContentKeys.Extent(scratch.Key2, ino, long.MaxValue);
            scratch.Key2[toLength] = 0;
            await services.Store.ScanAsync(scratch.Key.AsMemory(0, fromLength), scratch.Key2.AsMemory(0, toLength + 1), page);
            lock (Sync)
            {
                int copied = Decode(page, offset, destination.Span);
                FindInWindow(offset, out Extent extent, out Upcoming upcoming);
                return (copied, extent, upcoming);
            }
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    private int Decode(ScanPage page, long offset, Span<byte> destination)
    {
        int copied = 0;
        windowCount = 0;
        windowStart = offset;
        int most = Math.Min(page.Count, ContentLimits.ExtentWindow);
        if (window.Length < most)
        {
            window = new Extent[most];
        }

        foreach (ScanPage.Entry entry in page)
        {
            Extent extent = Extent.Decode(entry.Key, entry.Value);
            if (windowCount == 0 && extent.Kind == ExtentKind.Inline && extent.Start <= offset)
            {
                copied = (int)Math.Min(extent.End - offset, destination.Length);
                entry.Value.Slice(1 + (int)(offset - extent.Start), copied).CopyTo(destination);
            }

            window[windowCount++] = extent;
            if (windowCount == most && most < page.Count)
            {
                windowEnd = extent.End;
                return copied;
            }
        }

        windowEnd = page.Complete ? long.MaxValue : window[windowCount - 1].End;
        return copied;
    }

    /// <summary>The blocks that follow an extent; null for what is none, or is not known.</summary>
    private readonly record struct Upcoming(BlockReference? First, BlockReference? Second);

    private readonly record struct DirtyStep(DirtySource Source, int Length, BlockReference Block, int BlockOffset);
}
