using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Moves what lies badly into new blocks, file by file: small inline extents of larger files, and the last live bytes of mostly
/// dead blocks.</summary>
/// <remarks>One background worker, a step of at most one block at a time. A step holds the file's locks, so nothing changes under it;
/// what it moves
/// reads the same before and after.</remarks>
internal sealed class Packer(VolumeParts parts) : IAsyncDisposable
{
    private const long UnsettledSmallFile = 4 * ContentLimits.MaxInlineFile;
    private const long MaxUnsettledFactor = 4;
    private readonly ContentServices services = parts.Services;
    private readonly Queue<ulong> queue = new();
    private readonly HashSet<ulong> queued = [];
    private readonly Dictionary<ulong, long> unsettled = [];
    private readonly Lock sync = new();
    private long unsettledBytes;
    private Task worker = Task.CompletedTask;
    private bool running;
    private bool stopped;

    /// <summary>Inline bytes of all larger files, each extent counted with its overhead.</summary>
    public long UnsettledBytes
    {
        get
        {
            lock (sync)
            {
                return unsettledBytes;
            }
        }
    }

    /// <summary>Takes note of what a flush left inline, and queues the inode if its content is worth packing; all unsettled files, if
    /// together they are.</summary>
    public void Consider(Inode inode)
    {
        if (!inode.Record.IsRegular)
        {
            return;
        }

        bool worthIt;
        long inline;
        lock (inode.Sync)
        {
            worthIt = IsWorthIt(inode);
            inline = !inode.IsGone && inode.Record.Marks.HasFlag(InodeMarks.Unsettled) ? inode.Record.InlineBytes : 0;
        }

        lock (sync)
        {
            NoteUnsettled(inode.Ino, inline);
            if (worthIt)
            {
                Queue(inode.Ino);
            }

            if (unsettledBytes >= ContentLimits.UnsettledTotalBytes)
            {
                foreach (ulong ino in unsettled.Keys)
                {
                    Queue(ino);
                }
            }
        }
    }

    /// <summary>The same; and whoever leaves so much inline that the background does not keep up packs the file himself.</summary>
    public ValueTask SettleAsync(Inode inode)
    {
        Consider(inode);
        return inode.Record.InlineBytes > MaxUnsettledFactor * ContentLimits.UnsettledFileBytes
            || (inode.Record.Marks.HasFlag(InodeMarks.Unsettled) && UnsettledBytes > 2 * ContentLimits.UnsettledTotalBytes)
            ? PackAsync(inode.Ino)
            : default;
    }

    /// <summary>Completes when nothing waits to be packed.</summary>
    public async ValueTask DrainAsync()
    {
        if (!parts.Options.BackgroundWorkers)
        {
            await WorkAsync();
            return;
        }

        while (true)
        {
            Task current;
            lock (sync)
            {
                if (!running)
                {
                    return;
                }

                current = worker;
            }

            await current;
        }
    }

    /// <summary>Packs the file as far as it is worth it.</summary>
    public async ValueTask PackAsync(Inode inode)
    {
        FileContent content = inode.GetContent(services);
        await content.FlushLock.EnterExclusiveAsync();
        bool through = false;
        try
        {
            through = await PackHeldAsync(inode, content);
        }
        finally
        {
            if (!through)
            {
                lock (inode.Sync)
                {
                    inode.InlineFrom = 0;
                }
            }

            content.FlushLock.ExitExclusive();
        }
    }

    /// <summary>Moves up to one block's worth of a file from the offset on, out of blocks that it shares with nobody into a new one; <see cref="ResealSharedAsync"/> does
    /// what is shared.</summary>
    /// <param name="inode">The file.</param>
    /// <param name="from">From this offset on.</param>
    /// <param name="aim">What is moved, and why.</param>
    /// <param name="mostExtents">At most so many: one finds which of several is damaged.</param>
    /// <returns>Where to go on, <see cref="long.MaxValue"/> at the end, null without room; and how many bytes were moved.</returns>
    public async ValueTask<(long? Next, int Moved)> MoveAsync(Inode inode, long from, PackingAim aim, int mostExtents = PackingPlan.MaxPieces)
    {
        FileContent content = inode.GetContent(services);
        await content.FlushLock.EnterExclusiveAsync();
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            return inode.IsGone ? (long.MaxValue, 0) : await StepAsync(inode, content, (from, aim), mostExtents);
        }
        finally
        {
            inode.Lock.ExitExclusive();
            content.FlushLock.ExitExclusive();
        }
    }

    /// <summary>Lays an extent of a block that files share to the block with the same content that takes its place.</summary>
    /// <param name="inode">The file.</param>
    /// <param name="extent">As it was in the map a moment ago.</param>
    /// <param name="block">The new block.</param>
    /// <param name="isNew">No commit has claimed it; otherwise another extent was laid to it, and may have been given up meanwhile.</param>
    public async ValueTask<ResealStep> ResealSharedAsync(Inode inode, Extent extent, BlockReference block, bool isNew)
    {
        FileContent content = inode.GetContent(services);
        StoreScratch scratch = services.Scratch.Rent();
        await content.FlushLock.EnterExclusiveAsync();
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            if (inode.IsGone || !await IsStillAsync(inode.Ino, extent, scratch))
            {
                return ResealStep.Changed;
            }

            PackingPlan plan = new(services.Store, inode.Ino, default, PackingAim.Reseal) { Claim = isNew ? BlockClaim.UnclaimedShared : BlockClaim.StillShared };
            plan.Pieces.Add((extent.Start, extent.End, extent.BlockOffset));
            bool done = await CommitAsync(inode, plan, block, scratch.Batch);
            content.ForgetExtents();
            return done ? ResealStep.Done : ResealStep.Refused;
        }
        finally
        {
            inode.Lock.ExitExclusive();
            content.FlushLock.ExitExclusive();
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Whether the file has exactly this extent.</summary>
    public async ValueTask<bool> HasAsync(Inode inode, Extent extent)
    {
        StoreScratch scratch = services.Scratch.Rent();
        await inode.Lock.EnterSharedAsync();
        try
        {
            return !inode.IsGone && await IsStillAsync(inode.Ino, extent, scratch);
        }
        finally
        {
            inode.Lock.ExitShared();
            services.Scratch.Return(scratch);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (sync)
        {
            stopped = true;
        }

        await worker;
    }

    /// <summary>Under the inode's <see cref="Inode.Sync"/>.</summary>
    private static bool IsWorthIt(Inode inode)
    {
        if (inode.IsGone)
        {
            return false;
        }

        long inlineLimit = inode.Record.Length > ContentLimits.MaxInlineFile ? ContentLimits.UnsettledFileBytes : UnsettledSmallFile;
        return IsGarbageHeap(inode) || inode.Record.InlineBytes > inlineLimit;
    }

    /// <summary>Under the inode's <see cref="Inode.Sync"/>.</summary>
    private static bool IsGarbageHeap(Inode inode) =>
        inode.WantsCompaction && inode.Record.BlockBytes - inode.Record.LiveBytes > inode.Record.LiveBytes + ContentLimits.GarbageFloor;

    private void NoteUnsettled(ulong ino, long bytes)
    {
        unsettledBytes += bytes - unsettled.GetValueOrDefault(ino);
        if (bytes == 0)
        {
            unsettled.Remove(ino);
        }
        else
        {
            unsettled[ino] = bytes;
        }
    }

    private void Queue(ulong ino)
    {
        if (stopped || !queued.Add(ino))
        {
            return;
        }

        queue.Enqueue(ino);
        if (!running && parts.Options.BackgroundWorkers)
        {
            running = true;
            worker = Task.Run(WorkAsync);
        }
    }

    /// <summary>Takes step after step; false when the store had no room for one.</summary>
    private async ValueTask<bool> PackHeldAsync(Inode inode, FileContent content)
    {
        long? at;
        bool compact;
        lock (inode.Sync)
        {
            compact = IsGarbageHeap(inode);
            at = compact ? 0 : inode.InlineFrom;
            inode.WantsCompaction &= !compact;
            inode.InlineFrom = long.MaxValue;
        }

        while (at < long.MaxValue)
        {
            await inode.Lock.EnterExclusiveAsync();
            try
            {
                at = inode.IsGone ? long.MaxValue : (await StepAsync(inode, content, (at.Value, compact ? PackingAim.Compact : PackingAim.Settle))).Next;
            }
            finally
            {
                inode.Lock.ExitExclusive();
            }
        }

        return at is not null;
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            ulong ino;
            lock (sync)
            {
                if (stopped || !queue.TryDequeue(out ino))
                {
                    running = false;
                    return;
                }
            }

            try
            {
                await PackAsync(ino);
            }
            catch (Exception fault)
            {
                parts.Events.BackgroundFault("packing", fault.Message);
            }
        }
    }

    private async ValueTask PackAsync(ulong ino)
    {
        Inode? inode = await parts.Inodes.LoadAsync(ino);
        long inline = 0;
        try
        {
            if (inode is not null)
            {
                await PackAsync(inode);
                inline = inode.Record.Marks.HasFlag(InodeMarks.Unsettled) ? inode.Record.InlineBytes : 0;
            }
        }
        finally
        {
            lock (sync)
            {
                queued.Remove(ino);
                NoteUnsettled(ino, inline);
            }

            if (inode is not null)
            {
                parts.Inodes.Unpin(inode);
            }
        }
    }

    /// <summary>Moves up to one block's worth from the offset on; returns where to go on, <see cref="long.MaxValue"/> at the end, null
    /// without room, and how many bytes were moved.</summary>
    private async ValueTask<(long? Next, int Moved)> StepAsync(Inode inode, FileContent content, (long At, PackingAim Aim) from, int mostExtents = PackingPlan.MaxPieces)
    {
        byte[] buffer = services.Buffers.Rent(ContentLimits.MaxSegment);
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            PackingPlan plan = new(services.Store, inode.Ino, buffer.AsMemory(0, services.MaxBlock), from.Aim) { MostPieces = mostExtents };
            long next = await plan.GatherAsync(from.At, scratch);
            if (plan.Pieces.Count == 0)
            {
                return (next, 0);
            }

            BlockReference? block = await services.Store.WriteBlockAsync(buffer.AsMemory(0, plan.Used));
            if (block is null)
            {
                return (null, 0);
            }

            if (await CommitAsync(inode, plan, block.Value, scratch.Batch))
            {
                content.ForgetExtents();
                return (next, plan.Used);
            }

            services.Store.DiscardBlock(block.Value);
            return (null, 0);
        }
        finally
        {
            services.Buffers.Return(buffer);
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Whether the file's map has exactly this extent. Under the inode's lock.</summary>
    private async ValueTask<bool> IsStillAsync(ulong ino, Extent extent, StoreScratch scratch)
    {
        int length = ContentKeys.Extent(scratch.Key, ino, extent.End);
        StoreEntry entry = await services.Store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
        return entry.Found && Extent.Decode(scratch.Key.AsSpan(0, length), scratch.Value.AsSpan(0, entry.Length)) == extent;
    }

    /// <summary>Whether the block is the one that the reference names, and not another that took its place: while its stripe of the shared blocks is held, who
    /// finds it whole may name it.</summary>
    private async ValueTask<bool> IsWholeAsync(BlockReference block)
    {
        try
        {
            await services.Store.ReadBlockAsync(block, 0, new byte[1]);
            return true;
        }
        catch (StoreDamageException)
        {
            return false;
        }
    }

    private async ValueTask<bool> CommitAsync(Inode inode, PackingPlan plan, BlockReference block, StoreBatch batch)
    {
        ExtentEditor editor = services.RentEditor();
        try
        {
            batch.Reset();
            editor.Begin(inode.Ino, long.MaxValue, batch);
            bool whole = await plan.EditAsync(editor, block);
            await editor.FinishAsync();
            if (!whole || editor.HasLostShared || (plan.Claim == BlockClaim.StillShared && !await IsWholeAsync(block)))
            {
                return false;
            }

            InodeRecord record = FileFlusher.Edited(inode, editor);
            FileFlusher.PutEdited(batch, inode.Ino, ref record, inode.StoredLength);
            CommitResult result = await parts.Commits.CommitSurelyAsync(batch);
            if (result.Status != CommitStatus.Committed)
            {
                return false;
            }

            FileFlusher.NoteEdited(inode, record, inode.StoredLength, result.Sequence);
            return true;
        }
        finally
        {
            services.Return(editor);
        }
    }
}
