using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Commits what is dirty of one inode: blocks first, then extents and attributes in one batch.</summary>
internal sealed class FileFlusher(ContentServices services, CommitLog commits, DirtyInodes dirtyInodes, IVolumeEvents events)
{
    /// <summary>When it returns without an error, everything written before the call survives the end of this process.</summary>
    /// <param name="inode">The inode, pinned; none of its locks held.</param>
    /// <param name="maxInline">Most bytes of a larger file to keep in the map instead of a block.</param>
    public async ValueTask<FsError> FlushAsync(Inode inode, int maxInline)
    {
        FileContent? content;
        lock (inode.Sync)
        {
            content = inode.Content;
            if (!inode.AttributesDirty && content is not { IsDirty: true })
            {
                return FsError.None;
            }
        }

        if (content is null)
        {
            return await FlushAttributesAsync(inode);
        }

        await content.FlushLock.EnterExclusiveAsync();
        try
        {
            return await FlushHeldAsync(inode, content, maxInline);
        }
        finally
        {
            content.FlushLock.ExitExclusive();
        }
    }

    /// <summary>The same for a caller who holds the content's flush lock.</summary>
    public async ValueTask<FsError> FlushHeldAsync(Inode inode, FileContent content, int maxInline)
    {
        long length;
        lock (inode.Sync)
        {
            if (!inode.AttributesDirty && !content.IsDirty)
            {
                return FsError.None;
            }

            content.Freeze();
            length = inode.Record.Length;
            inode.AttributesDirty = false;
            inode.AccessDirty = false;
        }

        FsError error = FsError.IO;
        try
        {
            error = await content.WriteFrozenAsync(length, maxInline) ? await CommitAsync(inode, content, length) : FsError.NoSpace;
        }
        finally
        {
            if (error != FsError.None)
            {
                content.Thaw();
                Latch(inode, error);
            }
        }

        return error;
    }

    /// <summary>Writes full segments out so that their memory comes back; commits only when much has gathered.</summary>
    public async ValueTask<FsError> WriteSegmentsAsync(Inode inode, FileContent content)
    {
        await content.FlushLock.EnterExclusiveAsync();
        try
        {
            bool written = await content.WriteClosedSegmentsAsync();
            bool flush;
            lock (inode.Sync)
            {
                flush = content.WantsFlush;
            }

            return !written ? FsError.NoSpace
                : flush ? await FlushHeldAsync(inode, content, ContentLimits.MaxInlineFlush)
                : FsError.None;
        }
        finally
        {
            content.FlushLock.ExitExclusive();
        }
    }

    /// <summary>Commits the record of an inode without dirty bytes.</summary>
    private async ValueTask<FsError> FlushAttributesAsync(Inode inode)
    {
        StoreScratch scratch = services.Scratch.Rent();
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            if (!BeginAttributes(inode, scratch.Batch))
            {
                return FsError.None;
            }

            CommitResult result = await commits.CommitSurelyAsync(scratch.Batch);
            EndAttributes(inode, result);
            return CommitLog.ToError(result.Status);
        }
        finally
        {
            inode.Lock.ExitExclusive();
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Puts the record, with the length the store knows, into a batch. Under the inode's lock, exclusive.</summary>
    public static bool BeginAttributes(Inode inode, StoreBatch batch)
    {
        lock (inode.Sync)
        {
            if ((!inode.AttributesDirty && !inode.AccessDirty) || inode.IsGone)
            {
                return false;
            }

            inode.AttributesDirty = false;
            inode.AccessDirty = false;
            batch.MayUseReserve = true; // The record is there already, and takes no more room than it has.
            InodeRecord record = inode.Record;
            record.Length = inode.StoredLength;
            Put(batch, inode.Ino, record);
            return true;
        }
    }

    /// <summary>The batch of <see cref="BeginAttributes"/> ended so.</summary>
    public void EndAttributes(Inode inode, CommitResult result)
    {
        lock (inode.Sync)
        {
            if (result.Status != CommitStatus.Committed)
            {
                inode.AttributesDirty = true;
                return;
            }

            inode.NoteCommit(result.Sequence);
        }

        dirtyInodes.RemoveIfClean(inode);
    }

    public static void Put(StoreBatch batch, ulong ino, in InodeRecord record)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        Span<byte> value = stackalloc byte[InodeRecord.Size];
        VolumeKeys.Inode(key, ino);
        record.Encode(value);
        batch.Put(key, value);
    }

    private async ValueTask<FsError> CommitAsync(Inode inode, FileContent content, long length)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ExtentEditor editor = services.RentEditor();
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            if (inode.IsGone)
            {
                content.Drop();
                return FsError.None;
            }

            bool more = true;
            while (more)
            {
                long first = content.FrozenStart;
                scratch.Batch.Reset();
                scratch.Batch.MayUseReserve = true; // What was accepted has room, however much was written since.
                editor.Begin(inode.Ino, inode.StoredLength, scratch.Batch);
                long end = await content.EditAsync(editor);
                await editor.FinishAsync();
                long storedLength = end == long.MaxValue ? length : Math.Max(inode.StoredLength, Math.Min(length, end));
                InodeRecord record = Edited(inode, editor);
                PutEdited(scratch.Batch, inode.Ino, ref record, storedLength);
                CommitResult result = await commits.CommitSurelyAsync(scratch.Batch);
                if (result.Status == CommitStatus.NoSpace && editor.Shorten())
                {
                    continue;
                }

                if (result.Status != CommitStatus.Committed)
                {
                    return CommitLog.ToError(result.Status);
                }

                // The sequence first: who finds the content clean must find what to wait for.
                NoteEdited(inode, record, storedLength, result.Sequence);
                more = content.Committed(end);
                NotePacking(inode, editor, first);
            }
        }
        finally
        {
            inode.Lock.ExitExclusive();
            services.Return(editor);
            services.Scratch.Return(scratch);
        }

        dirtyInodes.RemoveIfClean(inode);
        return FsError.None;
    }

    private static void NotePacking(Inode inode, ExtentEditor editor, long first)
    {
        lock (inode.Sync)
        {
            inode.WantsCompaction |= editor.LeavesGarbage;
            inode.InlineFrom = editor.InlineDelta > 0 ? Math.Min(inode.InlineFrom, first) : inode.InlineFrom;
        }
    }

    /// <summary>The record as an edit of its extents leaves it.</summary>
    public static InodeRecord Edited(Inode inode, ExtentEditor editor)
    {
        lock (inode.Sync)
        {
            InodeRecord record = inode.Record;
            record.LiveBytes += editor.LiveDelta;
            record.BlockBytes += editor.BlockBytesDelta;
            record.InlineBytes += editor.InlineDelta;
            return record;
        }
    }

    /// <summary>Puts the record, and the key that stands for a larger file with inline extents while it has any.</summary>
    public static void PutEdited(StoreBatch batch, ulong ino, ref InodeRecord record, long storedLength)
    {
        bool unsettled = record.InlineBytes > 0 && storedLength > ContentLimits.MaxInlineFile;
        bool was = record.Marks.HasFlag(InodeMarks.Unsettled);
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Unsettled(key, ino);
        if (unsettled && !was)
        {
            batch.Put(key, default);
            record.Marks |= InodeMarks.Unsettled;
        }
        else if (was && !unsettled)
        {
            batch.Delete(key);
            record.Marks &= ~InodeMarks.Unsettled;
        }

        InodeRecord stored = record;
        stored.Length = storedLength;
        Put(batch, ino, stored);
    }

    /// <summary>The batch of <see cref="PutEdited"/> is committed.</summary>
    public static void NoteEdited(Inode inode, in InodeRecord record, long storedLength, ulong sequence)
    {
        lock (inode.Sync)
        {
            inode.Record.LiveBytes = record.LiveBytes;
            inode.Record.BlockBytes = record.BlockBytes;
            inode.Record.InlineBytes = record.InlineBytes;
            inode.Record.Marks = record.Marks;
            inode.StoredLength = storedLength;
            inode.NoteCommit(sequence);
        }
    }

    private void Latch(Inode inode, FsError error)
    {
        lock (inode.Sync)
        {
            inode.AttributesDirty = true;
            inode.WriteError = error;
            inode.WriteErrors++;
        }

        events.WriteBackFailed(inode.Ino, error);
    }
}
