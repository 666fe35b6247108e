using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Deletes the orphans that wait: many in one batch, a huge one in many, and fewer at a time where a full volume has no room for more.</summary>
internal sealed class OrphanDeleter(VolumeParts parts, OrphanQueue queue)
{
    private readonly ContentServices services = parts.Services;
    private readonly AsyncReaderWriterLock collecting = new();
    private readonly List<Inode> inBatch = [];
    private int batchEntries = int.MaxValue;

    /// <summary>Deletes all that wait.</summary>
    /// <exception cref="IOException">A batch of one deletion is refused.</exception>
    public async ValueTask DeleteWaitingAsync()
    {
        await collecting.EnterExclusiveAsync();
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            scratch.Batch.MayUseReserve = true;
            do
            {
                while (!await FillBatchAsync(scratch))
                {
                }
            }
            while (!await CommitAsync(scratch.Batch));
        }
        finally
        {
            batchEntries = int.MaxValue;
            Requeue();
            services.Scratch.Return(scratch);
            collecting.ExitExclusive();
        }
    }

    /// <returns>False when one was set aside and the batch begins anew.</returns>
    private async ValueTask<bool> FillBatchAsync(StoreScratch scratch)
    {
        ExtentEditor editor = services.RentEditor();
        try
        {
            while (queue.TryTake(out Inode? inode))
            {
                try
                {
                    await DeleteAsync(inode, editor, scratch);
                }
                catch (StoreDamageException damage)
                {
                    SetAside(inode, scratch.Batch, damage);
                    return false;
                }
            }

            return true;
        }
        finally
        {
            services.Return(editor);
        }
    }

    /// <summary>What cannot be read cannot be deleted: it stays an orphan, for a repair, and does not hold up the others.</summary>
    private void SetAside(Inode inode, StoreBatch batch, StoreDamageException damage)
    {
        parts.Events.BackgroundFault("collecting orphans", $"Inode {inode.Ino} cannot be deleted, and takes space until tessera fsck --repair: {damage.Message}");
        inBatch.Remove(inode);
        Requeue(); // Half of the inode's deletion may be in the batch: it is made anew for the others.
        Clear(batch);
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
                queue.Enqueue(inode);
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

        Clear(batch);
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

    private static void Clear(StoreBatch batch)
    {
        batch.Reset();
        batch.MayUseReserve = true;
    }

    private void Collected(Inode inode)
    {
        queue.RemoveCollected(inode);
        parts.Dirty.RemoveIfClean(inode);
        parts.Inodes.Unpin(inode);
    }

    /// <summary>After a fault: what was taken and not collected waits again.</summary>
    private void Requeue()
    {
        queue.Enqueue(inBatch);
        inBatch.Clear();
    }
}
