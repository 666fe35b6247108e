using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Moves what lies badly into new blocks, file by file: small inline extents of larger files, and the last live bytes of mostly dead blocks.</summary>
/// <remarks>One background worker, a step of at most one block at a time. A step holds the file's locks, so nothing changes under it; what it moves
/// reads the same before and after.</remarks>
internal sealed class Packer(VolumeParts parts) : IAsyncDisposable
{
    private const long UnsettledSmallFile = 4 * ContentLimits.MaxInlineFile;
    private readonly ContentServices services = parts.Services;
    private readonly Queue<Inode> queue = new();
    private readonly HashSet<Inode> queued = [];
    private readonly Lock sync = new();
    private Task worker = Task.CompletedTask;
    private bool running;
    private bool stopped;

    /// <summary>Queues the inode if its content is worth packing.</summary>
    public void Consider(Inode inode)
    {
        if (!IsWorthIt(inode))
        {
            return;
        }

        lock (sync)
        {
            if (stopped || !queued.Add(inode))
            {
                return;
            }

            parts.Inodes.PinAgain(inode);
            queue.Enqueue(inode);
            if (!running)
            {
                running = true;
                worker = Task.Run(WorkAsync);
            }
        }
    }

    /// <summary>Packs the file as far as it is worth it.</summary>
    public async ValueTask PackAsync(Inode inode)
    {
        FileContent content = ContentOf(inode);
        await content.FlushLock.EnterExclusiveAsync();
        try
        {
            lock (inode.Sync)
            {
                inode.WantsPacking = false;
            }

            long at = 0;
            while (at < long.MaxValue)
            {
                await inode.Lock.EnterExclusiveAsync();
                try
                {
                    at = inode.IsGone ? long.MaxValue : await StepAsync(inode, content, at);
                }
                finally
                {
                    inode.Lock.ExitExclusive();
                }
            }
        }
        finally
        {
            content.FlushLock.ExitExclusive();
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

    private static bool IsWorthIt(Inode inode)
    {
        lock (inode.Sync)
        {
            if (!inode.Record.IsRegular || inode.IsGone)
            {
                return false;
            }

            long garbage = inode.Record.BlockBytes - inode.Record.LiveBytes;
            bool compact = inode.WantsPacking && garbage > inode.Record.LiveBytes + ContentLimits.GarbageFloor;
            long inlineLimit = inode.Record.Length > ContentLimits.MaxInlineFile ? ContentLimits.UnsettledFileBytes : UnsettledSmallFile;
            return compact || inode.Record.InlineBytes > inlineLimit;
        }
    }

    private FileContent ContentOf(Inode inode)
    {
        lock (inode.Sync)
        {
            return inode.Content ??= new FileContent(services, inode.Ino, inode.Sync);
        }
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            Inode? inode;
            lock (sync)
            {
                if (!queue.TryDequeue(out inode))
                {
                    running = false;
                    return;
                }

                queued.Remove(inode);
            }

            try
            {
                if (!stopped)
                {
                    await PackAsync(inode);
                }
            }
            catch (Exception fault)
            {
                parts.Events.BackgroundFault("packing", fault.Message);
            }
            finally
            {
                parts.Inodes.Unpin(inode);
            }
        }
    }

    /// <summary>Moves up to one block's worth from the offset on; returns where to go on, <see cref="long.MaxValue"/> at the end.</summary>
    private async ValueTask<long> StepAsync(Inode inode, FileContent content, long from)
    {
        byte[] buffer = services.Buffers.Rent(ContentLimits.MaxSegment);
        ExtentEditor editor = services.RentEditor();
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            PackingPlan plan = new(services.Store, inode.Ino, buffer);
            long next = await plan.GatherAsync(from, scratch);
            if (plan.Pieces.Count == 0)
            {
                return next;
            }

            BlockReference? block = await services.Store.WriteBlockAsync(buffer.AsMemory(0, plan.Used));
            if (block is null)
            {
                return long.MaxValue;
            }

            scratch.Batch.Reset();
            editor.Begin(inode.Ino, long.MaxValue, scratch.Batch);
            bool whole = await plan.EditAsync(editor, block.Value);
            await editor.FinishAsync();
            if (whole && await CommitAsync(inode, editor, scratch.Batch))
            {
                content.ForgetExtents();
                return next;
            }

            services.Store.DiscardBlock(block.Value);
            return long.MaxValue;
        }
        finally
        {
            services.Buffers.Return(buffer);
            services.Return(editor);
            services.Scratch.Return(scratch);
        }
    }

    private async ValueTask<bool> CommitAsync(Inode inode, ExtentEditor editor, StoreBatch batch)
    {
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
}
