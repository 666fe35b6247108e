using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Deletes inodes that have no links, once no handle and no door holds them; many in one batch, a huge one in many.</summary>
/// <remarks>An orphan's key is written by the batch that takes the last link, so a crash leaks nothing: the next open collects
/// it.</remarks>
internal sealed class OrphanCollector(VolumeParts parts) : IAsyncDisposable
{
    private readonly ContentServices services = parts.Services;
    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<Inode> orphans = [];
    private readonly Queue<Inode> queue = new();
    private readonly Lock sync = new();
    private readonly AsyncReaderWriterLock collecting = new();
    private readonly List<Inode> inBatch = [];
    private int batchEntries = int.MaxValue;
    private Task worker = Task.CompletedTask;
    private bool running;
    private bool stopped;

    /// <summary>Orphans not collected yet.</summary>
    public int Count
    {
        get
        {
            lock (sync)
            {
                return orphans.Count;
            }
        }
    }

    /// <summary>An operation took a link: if it was the last, the inode is an orphan now. A kernel that unlinks has looked the name up,
    /// so it holds the inode until it says Forget.</summary>
    public void AfterUnlink(in Caller caller, Inode inode)
    {
        lock (inode.Sync)
        {
            if (inode.Record.Links > 0)
            {
                return;
            }

            inode.Told |= caller.Door != Door.Internal;
        }

        Add(inode);
    }

    /// <summary>The inode's last link is gone, by a commit: keeps it until nobody holds it. The caller has it pinned.</summary>
    public void Add(Inode inode)
    {
        lock (sync)
        {
            if (!orphans.Add(inode))
            {
                return;
            }
        }

        parts.Inodes.PinAgain(inode);
        lock (inode.Sync)
        {
            inode.IsOrphan = true;
        }

        Consider(inode);
    }

    /// <summary>The inode was given a name, by a commit: it is no orphan any more. The caller has it pinned.</summary>
    public void Release(Inode inode)
    {
        lock (sync)
        {
            if (!orphans.Remove(inode))
            {
                return;
            }
        }

        lock (inode.Sync)
        {
            inode.IsOrphan = false;
        }

        parts.Inodes.Unpin(inode);
    }

    /// <summary>Somebody let go of the inode: collects it if it is an orphan that nobody holds.</summary>
    public void Consider(Inode inode)
    {
        lock (inode.Sync)
        {
            if (!inode.IsOrphan || inode.CollectionQueued || inode.OpenHandles > 0 || inode.Told)
            {
                return;
            }

            inode.CollectionQueued = true;
        }

        lock (sync)
        {
            queue.Enqueue(inode);
            if (!running && !stopped && parts.Options.BackgroundWorkers)
            {
                running = true;
                worker = WorkAsync();
            }
        }
    }

    /// <summary>Whoever makes orphans faster than they are collected helps to collect.</summary>
    public ValueTask HelpAsync()
    {
        lock (sync)
        {
            if (queue.Count < VolumeLimits.MaxOrphanQueue)
            {
                return default;
            }
        }

        return CollectQueuedAsync();
    }

    /// <summary>Collects all that is queued.</summary>
    public async ValueTask CollectQueuedAsync()
    {
        await collecting.EnterExclusiveAsync();
        StoreScratch scratch = services.Scratch.Rent();
        ExtentEditor editor = services.RentEditor();
        try
        {
            scratch.Batch.MayUseReserve = true;
            do
            {
                while (TryTake(out Inode? inode))
                {
                    await DeleteAsync(inode, editor, scratch);
                }
            }
            while (!await CommitAsync(scratch.Batch));
        }
        finally
        {
            batchEntries = int.MaxValue;
            Requeue();
            services.Return(editor);
            services.Scratch.Return(scratch);
            collecting.ExitExclusive();
        }
    }

    /// <summary>At the end nobody holds anything any more: collects every orphan.</summary>
    public async ValueTask CollectAllAsync()
    {
        Inode[] all;
        lock (sync)
        {
            all = [.. orphans];
        }

        foreach (Inode inode in all)
        {
            lock (inode.Sync)
            {
                inode.Told = false;
                inode.OpenHandles = 0;
            }

            Consider(inode);
        }

        await CollectQueuedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        lock (sync)
        {
            stopped = true;
        }

        await stopping.CancelAsync();
        await worker;
        stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            await Task.Delay(VolumeLimits.OrphanGathering, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await CollectQueuedAsync();
            }
            catch (Exception fault)
            {
                parts.Events.BackgroundFault("collecting orphans", fault.Message);
                lock (sync)
                {
                    // Whatever the fault was, trying at once would meet it again; the next orphan or the next open tries.
                    running = false;
                    return;
                }
            }

            lock (sync)
            {
                if (queue.Count == 0 || stopped)
                {
                    running = false;
                    return;
                }
            }
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Inode? inode)
    {
        lock (sync)
        {
            return queue.TryDequeue(out inode);
        }
    }

    private async ValueTask DeleteAsync(Inode inode, ExtentEditor editor, StoreScratch scratch)
    {
        inBatch.Add(inode);
        await DropContentAsync(inode);
        StoreBatch batch = scratch.Batch;
        long from = 0;
        while (inode.Record.IsRegular && from < long.MaxValue)
        {
            editor.MaxEntries = batchEntries;
            editor.Begin(inode.Ino, long.MaxValue, batch);
            from = await editor.ReplaceAsync(NewExtent.Hole(from, long.MaxValue));
            await editor.FinishAsync();
            if (from < long.MaxValue)
            {
                if (!await CommitPartAsync(inode, batch))
                {
                    return;
                }
            }
        }

        if (inode.Record.Marks.HasFlag(InodeMarks.HasXattrs) && !await DeleteXattrsAsync(inode, scratch))
        {
            return;
        }

        OrphanDeletion.AppendTo(scratch.Batch, inode);
        if (IsFull(batch) || editor.HoldsShared)
        {
            // The next file may name the same shared block, and what a batch holds cannot be read back.
            await CommitAsync(batch);
            editor.End();
        }
    }

    private bool IsFull(StoreBatch batch) => batch.Length > StoreLimits.MaxBatch / 2 || batch.Count >= batchEntries;

    /// <summary>Waits for whoever is still at work in the inode, then lets nobody in.</summary>
    private static async ValueTask DropContentAsync(Inode inode)
    {
        FileContent? content = inode.Content;
        if (content is not null)
        {
            await content.FlushLock.EnterExclusiveAsync();
        }

        await inode.Lock.EnterExclusiveAsync();
        lock (inode.Sync)
        {
            inode.IsGone = true;
        }

        content?.Drop();
        inode.Lock.ExitExclusive();
        content?.FlushLock.ExitExclusive();
    }

    /// <returns>False when the inode waits again.</returns>
    private async ValueTask<bool> DeleteXattrsAsync(Inode inode, StoreScratch scratch)
    {
        int length = VolumeKeys.Xattrs(scratch.Key, inode.Ino);
        int toLength = VolumeKeys.After(scratch.Key2, scratch.Key.AsSpan(0, length));
        while (true)
        {
            await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, toLength), scratch.Page);
            foreach (ScanPage.Entry entry in scratch.Page)
            {
                scratch.Batch.Delete(entry.Key);
            }

            if (scratch.Page.Complete)
            {
                return true;
            }

            scratch.Page.LastKey.CopyTo(scratch.Key);
            length = scratch.Page.LastKey.Length;
            scratch.Key[length++] = 0;
            if (IsFull(scratch.Batch) && !await CommitPartAsync(inode, scratch.Batch))
            {
                return false;
            }
        }
    }

    /// <summary>Commits while the inode, of which more is to be deleted, is not done.</summary>
    /// <returns>False when the inode waits again.</returns>
    private async ValueTask<bool> CommitPartAsync(Inode inode, StoreBatch batch)
    {
        bool committed = false;
        inBatch.Remove(inode);
        try
        {
            committed = await CommitAsync(batch);
        }
        finally
        {
            if (committed)
            {
                inBatch.Add(inode);
            }
            else
            {
                lock (sync)
                {
                    queue.Enqueue(inode);
                }
            }
        }

        return committed;
    }

    /// <returns>False when the batch was more than a full volume's reserve is for: what was in it waits again, to be deleted in small batches.</returns>
    /// <exception cref="IOException">A batch of one deletion is refused too.</exception>
    private async ValueTask<bool> CommitAsync(StoreBatch batch)
    {
        CommitStatus status = batch.Count > 0 ? (await parts.Commits.CommitSurelyAsync(batch)).Status : CommitStatus.Committed;
        bool isTooMuch = status == CommitStatus.NoSpace && batchEntries > 1;
        if (status != CommitStatus.Committed && !isTooMuch)
        {
            throw new IOException($"The commit was refused: {status}.");
        }

        batch.Reset();
        batch.MayUseReserve = true;
        if (isTooMuch)
        {
            batchEntries = Math.Min(VolumeLimits.SmallBatchEntries, batchEntries / 2);
            Requeue();
            return false;
        }

        foreach (Inode inode in inBatch)
        {
            Collected(inode);
        }

        inBatch.Clear();
        return true;
    }

    private void Collected(Inode inode)
    {
        lock (sync)
        {
            orphans.Remove(inode);
        }

        parts.Dirty.RemoveIfClean(inode);
        parts.Inodes.Unpin(inode);
    }

    /// <summary>After a fault: what was taken and not collected waits again.</summary>
    private void Requeue()
    {
        lock (sync)
        {
            foreach (Inode inode in inBatch)
            {
                queue.Enqueue(inode);
            }
        }

        inBatch.Clear();
    }
}
