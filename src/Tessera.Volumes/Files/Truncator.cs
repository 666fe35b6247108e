using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Changes a file's length, up leaves a hole, down trims extents; and punches holes; in as many batches as a huge file needs.</summary>
/// <remarks>The first batch of a truncation already has the new length, and a mark while old extents remain behind it; an open after a crash finishes the
/// work before anybody sees the file.</remarks>
internal sealed class Truncator(VolumeParts parts)
{
    private readonly ContentServices services = parts.Services;

    /// <summary>Stores the changed record with its new length. The caller holds the content's flush lock and the inode's lock,
    /// exclusive.</summary>
    /// <param name="inode">The file.</param>
    /// <param name="content">Its content; nothing is frozen.</param>
    /// <param name="changed">The record as it is to be, <see cref="InodeRecord.Length"/> included; its content fields are brought up to
    /// date here.</param>
    public async ValueTask<FsError> SetLengthAsync(Inode inode, FileContent content, InodeRecord changed)
    {
        long length = changed.Length;
        bool trims = length < inode.StoredLength;
        FsError error = await TrimAsync(inode, changed, trims ? length : long.MaxValue, inode.IsTruncating);
        if (error == FsError.None)
        {
            content.DropRange(length, long.MaxValue);
        }

        content.ForgetExtents();
        return error;
    }

    /// <summary>Makes the range a hole and stores the changed record, with the last batch its length if it has grown: a range that one batch can clear is
    /// cleared and the file longer, or neither. The same locks.</summary>
    public async ValueTask<FsError> PunchAsync(Inode inode, FileContent content, InodeRecord changed, (long From, long To) range)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ExtentEditor editor = services.RentEditor();
        FsError error = FsError.None;
        long length = inode.GetRecord().Length;
        bool grows = changed.Length > length;
        try
        {
            long from = range.From;
            while (from < range.To && error == FsError.None)
            {
                scratch.Batch.Reset();
                scratch.Batch.MayUseReserve = true;
                editor.Begin(inode.Ino, long.MaxValue, scratch.Batch);
                long done = await editor.ReplaceAsync(NewExtent.Hole(from, range.To));
                bool isLast = done >= range.To;
                long storedLength = isLast && grows ? changed.Length : inode.StoredLength;
                error = await CommitEditAsync(inode, editor, scratch.Batch, changed with { Length = isLast ? changed.Length : length }, storedLength);
                if (error == FsError.None)
                {
                    from = done;
                }
                else if (error == FsError.NoSpace && editor.Shorten())
                {
                    error = FsError.None;
                }
            }
        }
        finally
        {
            services.Return(editor);
            services.Scratch.Return(scratch);
        }

        if (error == FsError.None)
        {
            content.DropRange(range.From, range.To);
        }

        content.ForgetExtents();
        return error;
    }

    /// <summary>Ends an edit; the record in memory takes over what has changed.</summary>
    private async ValueTask<FsError> CommitEditAsync(Inode inode, ExtentEditor editor, StoreBatch batch, InodeRecord changed, long storedLength)
    {
        await editor.FinishAsync();
        InodeRecord record = inode.GetRecord();
        changed.LiveBytes = record.LiveBytes + editor.LiveDelta;
        changed.BlockBytes = record.BlockBytes + editor.BlockBytesDelta;
        changed.InlineBytes = record.InlineBytes + editor.InlineDelta;
        changed.Marks = record.Marks;
        InodeRecord stored = changed;
        stored.Length = storedLength;
        FileFlusher.PutEdited(batch, inode.Ino, ref stored, stored.Length);
        changed.Marks = stored.Marks;
        CommitResult result = await parts.Commits.CommitSurelyAsync(batch);
        if (result.Status == CommitStatus.Committed)
        {
            lock (inode.Sync)
            {
                inode.Record = changed;
                inode.StoredLength = storedLength;
                inode.NoteCommit(result.Sequence);
            }
        }

        return CommitLog.ToError(result.Status);
    }

    /// <summary>Finishes a truncation that a crash interrupted.</summary>
    public ValueTask<FsError> ResumeAsync(Inode inode) => TrimAsync(inode, inode.Record, inode.Record.Length, isMarked: true);

    private async ValueTask<FsError> TrimAsync(Inode inode, InodeRecord changed, long from, bool isMarked)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ExtentEditor editor = services.RentEditor();
        try
        {
            while (true)
            {
                scratch.Batch.Reset();
                scratch.Batch.MayUseReserve = from < long.MaxValue;
                editor.Begin(inode.Ino, long.MaxValue, scratch.Batch);
                long done = from == long.MaxValue ? from : await editor.ReplaceAsync(NewExtent.Hole(from, long.MaxValue));
                await editor.FinishAsync();
                InodeRecord edited = changed;
                edited.LiveBytes += editor.LiveDelta;
                edited.BlockBytes += editor.BlockBytesDelta;
                edited.InlineBytes += editor.InlineDelta;
                FileFlusher.PutEdited(scratch.Batch, inode.Ino, ref edited, edited.Length);
                bool remains = done < long.MaxValue;
                Mark(scratch, inode, remains, isMarked);
                CommitResult result = await parts.Commits.CommitSurelyAsync(scratch.Batch);
                if (result.Status == CommitStatus.NoSpace && editor.Shorten())
                {
                    continue;
                }

                if (result.Status != CommitStatus.Committed)
                {
                    return CommitLog.ToError(result.Status);
                }

                changed = edited;
                Note(inode, changed, remains, result.Sequence);
                if (!remains)
                {
                    return FsError.None;
                }

                isMarked = true;
                from = done;
            }
        }
        finally
        {
            services.Return(editor);
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>The key stands for the file as long as work remains.</summary>
    private static void Mark(StoreScratch scratch, Inode inode, bool remains, bool mayBeMarked)
    {
        int length = VolumeKeys.Truncation(scratch.Key, inode.Ino);
        if (remains)
        {
            scratch.Batch.Put(scratch.Key.AsSpan(0, length), default);
        }
        else if (mayBeMarked)
        {
            scratch.Batch.Delete(scratch.Key.AsSpan(0, length));
        }
    }

    private static void Note(Inode inode, in InodeRecord changed, bool remains, ulong sequence)
    {
        lock (inode.Sync)
        {
            inode.Record = changed;
            inode.StoredLength = changed.Length;
            inode.AttributesDirty = false;
            inode.IsTruncating = remains;
            inode.NoteCommit(sequence);
        }
    }
}
