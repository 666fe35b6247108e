using Tessera.Core.Stores;

namespace Tessera.Content;

public sealed partial class FileContent
{
    /// <summary>Writes the closed segments as blocks and gives their memory back; nothing is committed. Under <see cref="FlushLock"/>.</summary>
    /// <returns>False when the store has no room.</returns>
    public async ValueTask<bool> WriteClosedSegmentsAsync()
    {
        while (true)
        {
            List<Segment> closed;
            lock (Sync)
            {
                closed = segments.FindAll(candidate => candidate is { Closed: true, Buffer: not null });
                if (closed.Count == 0)
                {
                    closedWaiting = 0;
                    return true;
                }
            }

            try
            {
                if (!await WriteAllAsync(closed))
                {
                    return false;
                }
            }
            finally
            {
                lock (Sync)
                {
                    unclaimedBytes += closed.Sum(segment => segment.Buffer is null ? (long)segment.Used : 0);
                }
            }
        }
    }

    /// <summary>Where the frozen bytes begin; <see cref="long.MaxValue"/> when there are none. Under <see cref="FlushLock"/>.</summary>
    public long FrozenStart => frozen.Count > 0 ? frozen[0].Start : long.MaxValue;

    /// <summary>Begins a flush: what is dirty now is what it commits; later writes wait for the next. Under <see cref="Sync"/> and <see cref="FlushLock"/>,
    /// together with reading the size to commit.</summary>
    public void Freeze()
    {
        if (current is not null)
        {
            current.Closed = true;
            current = null;
        }

        (active, frozen) = (frozen, active);
        (segments, frozenSegments) = (frozenSegments, segments);
        closedWaiting = 0;
        unclaimedBytes = 0;
    }

    /// <summary>Brings the frozen bytes into the form they are committed in: blocks, unless they are so few that they go inline. Under
    /// <see cref="FlushLock"/>.</summary>
    /// <param name="size">The file's size as of the freeze.</param>
    /// <param name="maxInline">Most bytes of a larger file to keep inline.</param>
    /// <returns>False when the store has no room: call <see cref="Thaw"/>.</returns>
    public async ValueTask<bool> WriteFrozenAsync(long size, int maxInline)
    {
        long inMemory = MarkReferenced();
        if (inMemory <= maxInline || size <= ContentLimits.MaxInlineFile)
        {
            return true;
        }

        return await WriteAllAsync(frozenSegments.FindAll(segment => segment is { Referenced: true, Buffer: not null }));
    }

    /// <summary>Puts as much of the frozen bytes as a batch takes into the edit. Under the inode's lock, exclusive, and <see cref="FlushLock"/>.</summary>
    /// <returns>The offset up to which the batch holds them; <see cref="long.MaxValue"/> when it holds them all.</returns>
    public async ValueTask<long> EditAsync(ExtentEditor editor)
    {
        for (int i = 0; i < frozen.Count; i++)
        {
            DirtyRange range = frozen[i];
            long at = range.Start;
            while (at < range.End)
            {
                NewExtent added = NextExtent(range, at);
                long done = await editor.ReplaceAsync(added);
                if (done < added.Extent.End)
                {
                    return done;
                }

                at = done;
            }
        }

        return long.MaxValue;
    }

    /// <summary>The batch that held the frozen bytes up to <paramref name="end"/> is committed: the extents have them now. Under the same
    /// locks.</summary>
    /// <returns>Whether frozen bytes remain.</returns>
    public bool Committed(long end)
    {
        lock (Sync)
        {
            for (int i = 0; i < frozen.Count && frozen[i].Start < end; i++)
            {
                ref readonly DirtyRange range = ref frozen[i];
                range.Segment.Claim(range.Position, (int)(Math.Min(end, range.End) - range.Start));
            }

            VoidWindow();
            frozen.Clear(0, end);
            if (frozen.Count > 0)
            {
                return true;
            }

            Free(frozenSegments);
            return false;
        }
    }

    /// <summary>The flush failed: what is still frozen is dirty again, under what was written since. Under <see cref="FlushLock"/>.</summary>
    public void Thaw()
    {
        lock (Sync)
        {
            for (int i = 0; i < active.Count; i++)
            {
                frozen.Insert(active[i]);
            }

            active.Clear();
            (active, frozen) = (frozen, active);
            segments.InsertRange(0, frozenSegments);
            frozenSegments.Clear();
        }
    }

    private long MarkReferenced()
    {
        lock (Sync)
        {
            foreach (Segment segment in frozenSegments)
            {
                segment.Referenced = false;
            }

            long inMemory = 0;
            for (int i = 0; i < frozen.Count; i++)
            {
                ref readonly DirtyRange range = ref frozen[i];
                range.Segment.Referenced = true;
                inMemory += range.Segment.Buffer is null ? 0 : range.End - range.Start;
            }

            return inMemory;
        }
    }

    private static NewExtent NextExtent(in DirtyRange range, long at)
    {
        int position = range.Position + (int)(at - range.Start);
        if (range.Segment.Buffer is { } buffer)
        {
            int length = (int)Math.Min(range.End - at, ContentLimits.MaxInlineExtent);
            return NewExtent.InlineAt(at, buffer.AsMemory(position, length));
        }

        SegmentBlock block = range.Segment.BlockAt(position, out int offset);
        return new NewExtent(
            new Extent { Start = at, End = Math.Min(range.End, at + block.Reference.Length - offset), Kind = ExtentKind.Block, Block = block.Reference, BlockOffset = offset },
            default,
            block.Claimed ? BlockClaim.Owned : BlockClaim.Unclaimed);
    }

    /// <summary>Writes segments, several at a time: while the disk takes one, another is sealed.</summary>
    /// <returns>False when the store has no room for all of them.</returns>
    private async ValueTask<bool> WriteAllAsync(List<Segment> all)
    {
        int others = Math.Min(services.Writers, all.Count) - 1;
        if (others > 0 && !services.HasShortBlocks && services.HasAmpleRoom && await WriteTogetherAsync(all, others))
        {
            return true;
        }

        // Or what is left. Two that look for room at the same time hold, for a moment, what the other needs, and break up more of the rest.
        foreach (Segment segment in all)
        {
            if (segment.Buffer is not null && !await WriteAsync(segment))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask<bool> WriteTogetherAsync(List<Segment> all, int others)
    {
        int next = -1;
        bool full = false;

        // None is left behind at work, whatever becomes of another: who calls holds the lock that keeps the segments.
        var work = new Task[others + 1];
        for (int i = 1; i <= others; i++)
        {
            work[i] = Task.Run(WriteRestAsync);
        }

        work[0] = WriteRestAsync();
        await Task.WhenAll(work);
        return !full;

        async Task WriteRestAsync()
        {
            for (int i = Interlocked.Increment(ref next); i < all.Count && !Volatile.Read(ref full); i = Interlocked.Increment(ref next))
            {
                if (!await WriteAsync(all[i]))
                {
                    Volatile.Write(ref full, true);
                }
            }
        }
    }

    /// <summary>Writes a segment as one block, or as many of the store's longest as it takes; where free space is in pieces, as shorter ones.</summary>
    private async ValueTask<bool> WriteAsync(Segment segment)
    {
        ReadOnlyMemory<byte> content = segment.Buffer.AsMemory(0, segment.Used);
        int stride = Math.Min(content.Length, services.MaxBlock);
        BlockReference[]? blocks = await WriteBlocksAsync(content, stride);
        while (blocks is null && stride > ContentLimits.MinBlockPiece)
        {
            stride = stride > 2 * ContentLimits.MinTaggedPiece ? (stride + 1) / 2 : ContentLimits.MinBlockPiece;
            blocks = await WriteBlocksAsync(content, stride);
        }

        if (blocks is null)
        {
            return false;
        }

        lock (Sync)
        {
            byte[] buffer = segment.Buffer!;
            segment.MoveTo(blocks, stride);
            services.Dirty.Return(buffer);
        }

        return true;
    }

    /// <summary>All of the content in blocks of the given length, or null and nothing of it.</summary>
    private async ValueTask<BlockReference[]?> WriteBlocksAsync(ReadOnlyMemory<byte> content, int bytesEach)
    {
        var blocks = new BlockReference[(content.Length + bytesEach - 1) / bytesEach];
        int parts = services.HasShortBlocks && services.HasAmpleRoom ? Math.Clamp(blocks.Length / ContentLimits.LeastTogether, 1, services.Writers) : 1;
        var others = new Task<bool>[parts - 1];
        for (int i = 0; i < others.Length; i++)
        {
            int first = blocks.Length * (i + 1) / parts;
            int end = blocks.Length * (i + 2) / parts;
            others[i] = Task.Run(() => WritePartAsync(content, bytesEach, blocks, (first, end)));
        }

        bool written = false;
        try
        {
            written = await WritePartAsync(content, bytesEach, blocks, (0, blocks.Length / parts));
        }
        finally
        {
            foreach (bool part in await Task.WhenAll(others))
            {
                written &= part;
            }
        }

        if (!written)
        {
            Array.ForEach(Array.FindAll(blocks, block => block.Length > 0), services.Store.DiscardBlock);
            return null;
        }

        services.BlockBytesWritten.Add(content.Length);
        return blocks;
    }

    /// <summary>Some of the blocks; false when one has no room.</summary>
    private async Task<bool> WritePartAsync(ReadOnlyMemory<byte> content, int bytesEach, BlockReference[] blocks, (int First, int End) part)
    {
        int start = part.First * bytesEach;
        int count = part.End - part.First;
        return await services.Store.WriteBlocksAsync(
            content.Slice(start, Math.Min(count * bytesEach, content.Length - start)), bytesEach, blocks.AsMemory(part.First, count)) == count;
    }
}
