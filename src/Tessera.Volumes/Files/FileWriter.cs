using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>pwrite(2): takes the bytes into memory, or says at once that they cannot be stored.</summary>
internal sealed class FileWriter(VolumeParts parts, HandleTable handles, WriteBack writeBack, FileSyncer syncer, XattrEditor xattrs, OrphanCollector orphans)
{
    private readonly ContentServices services = parts.Services;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly SpaceGuard space = new(parts.Services.Store, parts.Services.Dirty);

    public async ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        OpenFile? file = handles.Find(span.Handle, span.Ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(span.Ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            bool fromCache = flags.HasFlag(WriteFlags.FromCache);
            FsError error = await CheckWriteAsync(caller, inode, fromCache ? null : file);
            if (error == FsError.None)
            {
                bool append = !fromCache && file is not null && file.Flags.HasFlag(OpenFlags.Append);
                bool kill = flags.HasFlag(WriteFlags.KillPrivileges) || (!caller.KernelChecked && caller.Uid != 0);
                uint lost = kill ? Permissions.PrivilegesLost(caller, inode.Record.Mode, inode.Record.Gid) : 0;
                error = await WriteAsync(inode, new Writing(append ? -1 : (long)span.Offset, content, lost));
            }

            bool durable = flags.HasFlag(WriteFlags.DataSync) || (file is not null && (file.Flags & OpenFlags.Sync) != OpenFlags.ReadOnly);
            if (error == FsError.None && durable)
            {
                error = await syncer.SyncAsync(inode);
            }

            return error == FsError.None ? content.Length : error;
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    private ValueTask<FsError> CheckWriteAsync(in Caller caller, Inode inode, OpenFile? file)
    {
        if (parts.IsReadOnly)
        {
            return new(FsError.ReadOnly);
        }

        if (!inode.Record.IsRegular)
        {
            return new(inode.Record.IsDirectory ? FsError.IsDirectory : FsError.InvalidArgument);
        }

        if (inode.Record.Flags.HasFlag(InodeFlags.Immutable))
        {
            return new(FsError.NotPermitted);
        }

        if (caller.KernelChecked)
        {
            return new(FsError.None);
        }

        return file is null ? parts.Access.CheckAsync(caller, inode, Permissions.Write) : new(file.CanWrite ? FsError.None : FsError.BadHandle);
    }

    private async ValueTask<FsError> WriteAsync(Inode inode, Writing writing)
    {
        if (writing.Content.IsEmpty)
        {
            return FsError.None;
        }

        if (writing.Offset > (long)FsLimits.MaxFileSize - writing.Content.Length || writing.Offset < -1)
        {
            return FsError.FileTooBig;
        }

        if (!space.Admits(writing.Content.Length) && !await MakeSpaceAsync(writing.Content.Length))
        {
            return FsError.NoSpace;
        }

        if (writing.LostPrivileges != 0 && inode.Record.Marks.HasFlag(InodeMarks.HasCapability))
        {
            FsError error = await xattrs.RemoveCapabilityAsync(inode);
            if (error != FsError.None)
            {
                return error;
            }
        }

        return await WritePiecesAsync(inode, writing);
    }

    /// <summary>Whether there is space after all, once what is under way is done. No lock is held.</summary>
    private async ValueTask<bool> MakeSpaceAsync(int bytes)
    {
        // What was deleted a moment ago may still hold its space.
        await orphans.CollectQueuedAsync();
        if (space.Admits(bytes))
        {
            return true;
        }

        // What is being written back has its slots already, and counts as dirty, too, until it is committed: a small volume would seem full at half.
        await writeBack.WriteOldAsync(long.MaxValue);
        return await space.AdmitsSettledAsync(bytes);
    }

    /// <summary>Takes the bytes, in one piece unless dirty memory is short.</summary>
    private async ValueTask<FsError> WritePiecesAsync(Inode inode, Writing writing)
    {
        while (true)
        {
            bool mustFlush;
            await inode.Lock.EnterSharedAsync();
            try
            {
                mustFlush = Take(inode, ref writing);
            }
            finally
            {
                inode.Lock.ExitShared();
            }

            // No lock is held here: whoever makes room may have to wait for this very file.
            FsError error = FsError.None;
            if (!writing.Content.IsEmpty)
            {
                error = await writeBack.MakeRoomAsync();
            }
            else if (mustFlush)
            {
                error = await parts.Flusher.FlushAsync(inode, ContentLimits.MaxInlineFlush);
            }

            if (error != FsError.None || writing.Content.IsEmpty)
            {
                return error;
            }
        }
    }

    /// <summary>Takes as many bytes as memory allows, with what they change of the attributes. Under the inode's lock, shared.</summary>
    /// <remarks>Times too of what comes from the kernel's cache: without FUSE_WRITEBACK_CACHE that is what was stored through mappings, and the kernel
    /// leaves its times to us.</remarks>
    /// <returns>Whether the file must be flushed before it takes more.</returns>
    private bool Take(Inode inode, ref Writing writing)
    {
        long now = parts.Now();
        lock (inode.Sync)
        {
            FileContent content = inode.Content ??= new FileContent(services, inode.Ino, inode.Sync);
            ref InodeRecord record = ref inode.Record;
            long offset = writing.Offset < 0 ? record.Length : writing.Offset;
            int taken = content.Write(offset, writing.Content.Span);
            if (taken > 0)
            {
                record.Length = Math.Max(record.Length, offset + taken);
                record.Change++;
                record.ModifyNs = now;
                record.ChangeNs = now;
                record.Mode &= ~writing.LostPrivileges;
                inode.AttributesDirty = true;
                parts.Dirty.Add(inode);
            }

            if (content.HasClosedSegment || content.WantsFlush)
            {
                writeBack.QueueSegments(inode);
            }

            writing = writing with { Offset = offset + taken, Content = writing.Content[taken..] };
            return content.MustFlush;
        }
    }

    /// <summary>A write under way; an offset of −1 appends. It takes these bits from the file's mode, and with any of them its capabilities.</summary>
    private readonly record struct Writing(long Offset, ReadOnlyMemory<byte> Content, uint LostPrivileges);
}
