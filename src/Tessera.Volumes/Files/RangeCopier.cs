using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>copy_file_range(2): extents of the source are laid over the destination, and the blocks they lie in are shared; only bytes that lie in the map
/// itself are copied.</summary>
internal sealed class RangeCopier(VolumeParts parts, HandleTable handles, AccessTimes accessTimes, Packer packer, XattrEditor xattrs)
{
    private readonly ContentServices services = parts.Services;
    private readonly InodeTable inodes = parts.Inodes;

    public async ValueTask<FsResult<ulong>> CopyAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        if (parts.IsReadOnly)
        {
            return FsError.ReadOnly;
        }

        Inode? from = await inodes.LoadAsync(source.Ino);
        Inode? to = await inodes.LoadAsync(destination.Ino);
        try
        {
            FsError error = from is null || to is null ? FsError.Stale : await CheckAsync(caller, (from, source.Handle), (to, destination.Handle));
            if (error == FsError.None)
            {
                error = CheckRange(source, destination, ref length);
            }

            return error != FsError.None ? error
                : length == 0 ? 0
                : await CopyAsync(from!, to!, new Copying((long)source.Offset, (long)destination.Offset, (long)length, LostBy(caller, to!.Record)));
        }
        finally
        {
            Unpin(from);
            Unpin(to);
        }
    }

    private void Unpin(Inode? inode)
    {
        if (inode is not null)
        {
            inodes.Unpin(inode);
        }
    }

    private async ValueTask<FsError> CheckAsync(Caller caller, (Inode Inode, ulong Handle) from, (Inode Inode, ulong Handle) to)
    {
        if (from.Inode.Record.IsDirectory || to.Inode.Record.IsDirectory)
        {
            return FsError.IsDirectory;
        }

        if (!from.Inode.Record.IsRegular || !to.Inode.Record.IsRegular)
        {
            return FsError.InvalidArgument;
        }

        if ((to.Inode.Record.Flags & (InodeFlags.Immutable | InodeFlags.AppendOnly)) != InodeFlags.None)
        {
            return FsError.NotPermitted;
        }

        if (caller.KernelChecked)
        {
            return FsError.None;
        }

        OpenFile? source = handles.Find(from.Handle, from.Inode.Ino);
        OpenFile? destination = handles.Find(to.Handle, to.Inode.Ino);
        FsError error = source is null ? await parts.Access.CheckAsync(caller, from.Inode, Permissions.Read)
            : source.CanRead ? FsError.None : FsError.BadHandle;
        return error != FsError.None ? error
            : destination is null ? await parts.Access.CheckAsync(caller, to.Inode, Permissions.Write)
            : destination.CanWrite ? FsError.None : FsError.BadHandle;
    }

    private static FsError CheckRange(in FileSpan source, in FileSpan destination, ref ulong length)
    {
        if (source.Offset > FsLimits.MaxFileSize || destination.Offset > FsLimits.MaxFileSize)
        {
            return FsError.InvalidArgument;
        }

        length = Math.Min(length, FsLimits.MaxFileSize - source.Offset);
        bool overlaps = source.Ino == destination.Ino && source.Offset < destination.Offset + length && destination.Offset < source.Offset + length;
        return overlaps ? FsError.InvalidArgument
            : length > FsLimits.MaxFileSize - destination.Offset ? FsError.FileTooBig
            : FsError.None;
    }

    private async ValueTask<FsResult<ulong>> CopyAsync(Inode from, Inode to, Copying copying)
    {
        // Flush locks in the order of numbers, as inode locks: two copies in opposite directions must not wait for each other.
        FileContent first = (from.Ino < to.Ino ? from : to).GetContent(services);
        FileContent second = (from.Ino < to.Ino ? to : from).GetContent(services);
        await first.FlushLock.EnterExclusiveAsync();
        if (second != first)
        {
            await second.FlushLock.EnterExclusiveAsync();
        }

        FsResult<ulong> result;
        try
        {
            // What was written before the copy is in extents before it; and what is copied over is not written back later.
            FsError error = await parts.Flusher.FlushHeldAsync(from, from.GetContent(services), ContentLimits.MaxInlineFlush);
            error = error != FsError.None ? error : await parts.Flusher.FlushHeldAsync(to, to.GetContent(services), ContentLimits.MaxInlineFlush);
            result = error != FsError.None ? error : await CopyFlushedAsync(from, to, copying);
        }
        finally
        {
            if (second != first)
            {
                second.FlushLock.ExitExclusive();
            }

            first.FlushLock.ExitExclusive();
        }

        if (result.Ok)
        {
            accessTimes.Touch(from);
            await packer.SettleAsync(to);
        }

        return result;
    }

    private async ValueTask<FsResult<ulong>> CopyFlushedAsync(Inode from, Inode to, Copying copying)
    {
        InodeLockSet locks = InodeLockSet.Exclusive(from);
        locks.Add(to, exclusive: true);
        await locks.EnterAsync();
        try
        {
            if (from.IsGone || to.IsGone)
            {
                return FsError.Stale;
            }

            long length = Math.Min(copying.Length, Math.Max(0, from.StoredLength - copying.From));
            copying = copying with { Length = length };
            FsError error = FsError.None;
            if (length > 0 && copying.LostPrivileges != 0 && to.Record.Marks.HasFlag(InodeMarks.HasCapability))
            {
                error = await xattrs.RemoveCapabilityHeldAsync(to);
            }

            long copied = 0;
            if (error == FsError.None && length > 0)
            {
                (error, copied) = await LayAsync(from, to, copying);
            }

            parts.Dirty.RemoveIfClean(to);
            return copied > 0 || error == FsError.None ? (ulong)copied : error;
        }
        finally
        {
            locks.Exit();
        }
    }

    /// <summary>Lays the source's extents over the destination, in as many batches as it takes. Under the locks of both.</summary>
    private async ValueTask<(FsError Error, long Copied)> LayAsync(Inode from, Inode to, Copying copying)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ExtentEditor editor = services.RentEditor();
        CopyStep step = new(services.Store, from.Ino, copying.To - copying.From);
        long copied = 0;
        FsError error = FsError.None;
        try
        {
            while (copied < copying.Length && error == FsError.None)
            {
                await step.GatherAsync(copying.From + copied, copying.From + copying.Length, scratch);
                scratch.Batch.Reset();
                editor.BeginCopy(from.Ino, to.Ino, scratch.Batch);
                long done = copying.To + copied;
                foreach (NewExtent extent in step.Extents)
                {
                    done = await editor.ReplaceAsync(extent);
                    if (done < extent.Extent.End)
                    {
                        break;
                    }
                }

                await editor.FinishAsync();
                error = await CommitAsync((from, to), editor, scratch.Batch, (done, copying.LostPrivileges));
                copied = error == FsError.None ? done - copying.To : copied;
                editor.End();
                error = error == FsError.NoSpace && editor.Shorten() ? FsError.None : error;
            }
        }
        catch (IOException) when (copied > 0)
        {
            // What is committed is copied: a short count says so, and the next call meets the failure again (copy_file_range(2), RETURN VALUE).
            error = FsError.IO;
        }
        finally
        {
            to.GetContent(services).ForgetExtents();
            services.Return(editor);
            services.Scratch.Return(scratch);
        }

        return (error, copied);
    }

    private async ValueTask<FsError> CommitAsync((Inode From, Inode To) files, ExtentEditor editor, StoreBatch batch, (long End, uint LostPrivileges) copied)
    {
        Inode to = files.To;
        long now = parts.Now();
        InodeRecord record = FileFlusher.Edited(to, editor);
        record.Length = Math.Max(record.Length, copied.End);
        record.ModifyNs = now;
        record.ChangeNs = now;
        record.Change++;
        record.Mode &= ~copied.LostPrivileges;
        long storedLength = Math.Max(to.StoredLength, copied.End);
        FileFlusher.PutEdited(batch, to.Ino, ref record, storedLength);
        if (editor.SourceBlockBytesDelta != 0)
        {
            AddToSource(batch, files.From.Ino, editor.SourceBlockBytesDelta);
        }

        CommitResult result = await parts.Commits.CommitSurelyAsync(batch);
        if (result.Status != CommitStatus.Committed)
        {
            return CommitLog.ToError(result.Status);
        }

        lock (to.Sync)
        {
            to.Record = record;
            to.StoredLength = storedLength;
            to.NoteCommit(result.Sequence);
            to.InlineFrom = 0;
        }

        lock (files.From.Sync)
        {
            files.From.Record.BlockBytes += editor.SourceBlockBytesDelta;
            files.From.NoteCommit(result.Sequence);
        }

        return FsError.None;
    }

    private static void AddToSource(StoreBatch batch, ulong ino, long blockBytes)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Inode(key, ino);
        batch.Add(key, InodeRecord.BlockBytesOffset, blockBytes);
    }

    /// <summary>A kernel that checks says of a copy by itself what it takes (file_remove_privs()).</summary>
    private static uint LostBy(in Caller caller, in InodeRecord to) =>
        caller.KernelChecked || caller.Uid == 0 ? 0 : Permissions.PrivilegesLost(caller, to.Mode, to.Gid);

    /// <summary>A copy under way: offsets of both files, and how many bytes.</summary>
    private readonly record struct Copying(long From, long To, long Length, uint LostPrivileges);
}
