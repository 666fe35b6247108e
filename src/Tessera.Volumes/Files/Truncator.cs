using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Changes a file's length: up leaves a hole, down trims extents, in as many batches as a huge file needs.</summary>
/// <remarks>The first batch already has the new length, and a mark while old extents remain behind it; an open after a crash finishes the
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
        FsError error = await TrimAsync(inode, changed, trims ? length : long.MaxValue);
        if (error == FsError.None)
        {
            content.DropFrom(length);
        }

        content.ForgetExtents();
        return error;
    }

    /// <summary>Finishes a truncation that a crash interrupted.</summary>
    public ValueTask<FsError> ResumeAsync(Inode inode) => TrimAsync(inode, inode.Record, inode.Record.Length);

    private async ValueTask<FsError> TrimAsync(Inode inode, InodeRecord changed, long from)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ExtentEditor editor = services.RentEditor();
        try
        {
            bool marked = false;
            while (true)
            {
                scratch.Batch.Reset();
                scratch.Batch.MayUseReserve = from < long.MaxValue;
                editor.Begin(inode.Ino, long.MaxValue, scratch.Batch);
                long done = from == long.MaxValue ? from : await editor.ReplaceAsync(NewExtent.Hole(from, long.MaxValue));
                await editor.FinishAsync();
                changed.LiveBytes += editor.LiveDelta;
                changed.BlockBytes += editor.BlockBytesDelta;
                changed.InlineBytes += editor.InlineDelta;
                FileFlusher.PutEdited(scratch.Batch, inode.Ino, ref changed, changed.Length);
                Mark(scratch, inode, done < long.MaxValue, marked || from < long.MaxValue);
                CommitResult result = await parts.Commits.CommitSurelyAsync(scratch.Batch);
                if (result.Status != CommitStatus.Committed)
                {
                    return CommitLog.ToError(result.Status);
                }

                Note(inode, changed, result.Sequence);
                marked = true;
                if (done == long.MaxValue)
                {
                    return FsError.None;
                }

                from = done;
            }
        }
        finally
        {
            services.Return(editor);
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Notes that the truncation goes on, or is done. An inode without links is marked for deletion, which is more and must stay.</summary>
    private static void Mark(StoreScratch scratch, Inode inode, bool remains, bool mayBeMarked)
    {
        lock (inode.Sync)
        {
            if (inode.Record.Links == 0)
            {
                return;
            }
        }

        int length = VolumeKeys.Orphan(scratch.Key, inode.Ino);
        if (remains)
        {
            scratch.Batch.Put(scratch.Key.AsSpan(0, length), [OrphanCollector.TruncationMark]);
        }
        else if (mayBeMarked)
        {
            scratch.Batch.Delete(scratch.Key.AsSpan(0, length));
        }
    }

    private static void Note(Inode inode, in InodeRecord changed, ulong sequence)
    {
        lock (inode.Sync)
        {
            inode.Record = changed;
            inode.StoredLength = changed.Length;
            inode.AttributesDirty = false;
            inode.NoteCommit(sequence);
        }
    }
}
