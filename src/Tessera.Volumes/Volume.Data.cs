using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    public async ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        OpenFile? file = handles.Find(span.Handle, span.Ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(span.Ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = CheckRead(caller, inode, file);
            return error != FsError.None ? error
                : span.Offset > FsLimits.MaxFileSize ? 0
                : await ReadAsync(inode, (long)span.Offset, destination, file?.Reads);
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

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
            FsError error = CheckWrite(caller, inode, fromCache ? null : file);
            if (error == FsError.None)
            {
                bool append = !fromCache && file is not null && file.Flags.HasFlag(OpenFlags.Append);
                bool kill = flags.HasFlag(WriteFlags.KillPrivileges) || (!caller.KernelChecked && caller.Uid != 0);
                error = await WriteAsync(inode, new Writing(append ? -1 : (long)span.Offset, content, kill, fromCache));
            }

            bool durable = flags.HasFlag(WriteFlags.DataSync) || (file is not null && (file.Flags & OpenFlags.Sync) != OpenFlags.ReadOnly);
            if (error == FsError.None && durable)
            {
                error = await SyncAsync(inode);
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

    public async ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle)
    {
        OpenFile? file = handles.Find(handle, ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = await parts.Flusher.FlushAsync(inode, ContentLimits.MaxInlineFlush);
            await packer.SettleAsync(inode);
            return ReportErrors(inode, file, error);
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    public async ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            lock (inode.Sync)
            {
                inode.AttributesDirty |= inode.AccessDirty && !dataOnly;
            }

            FsError error = await SyncAsync(inode);
            lock (inode.Sync)
            {
                // Each failed write-back is reported once, even if the next one succeeded (fsync(2), errseq_t).
                if (error == FsError.None && inode.WriteErrors > inode.SyncedErrors)
                {
                    error = inode.WriteError;
                }

                inode.SyncedErrors = inode.WriteErrors;
            }

            return error;
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    private static FsError CheckRead(in Caller caller, Inode inode, OpenFile? file)
    {
        if (!inode.Record.IsRegular)
        {
            return inode.Record.IsDirectory ? FsError.IsDirectory : FsError.InvalidArgument;
        }

        if (caller.KernelChecked)
        {
            return FsError.None;
        }

        lock (inode.Sync)
        {
            return file is null ? Permissions.Check(caller, inode.Record, Permissions.Read)
                : file.CanRead ? FsError.None : FsError.BadHandle;
        }
    }

    private FsError CheckWrite(in Caller caller, Inode inode, OpenFile? file)
    {
        if (options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        if (!inode.Record.IsRegular)
        {
            return inode.Record.IsDirectory ? FsError.IsDirectory : FsError.InvalidArgument;
        }

        if (caller.KernelChecked)
        {
            return FsError.None;
        }

        lock (inode.Sync)
        {
            return file is null ? Permissions.Check(caller, inode.Record, Permissions.Write)
                : file.CanWrite ? FsError.None : FsError.BadHandle;
        }
    }

    private async ValueTask<FsResult<int>> ReadAsync(Inode inode, long offset, Memory<byte> destination, ReadPattern? pattern)
    {
        int count;
        await inode.Lock.EnterSharedAsync();
        try
        {
            FileContent content = ContentOf(inode);
            lock (inode.Sync)
            {
                count = (int)Math.Clamp(inode.Record.Length - offset, 0, destination.Length);
            }

            if (count > 0)
            {
                bool sequential = pattern?.Note(offset, count) ?? false;
                await content.ReadAsync(offset, destination[..count], sequential);
            }
        }
        catch (StoreDamageException damage)
        {
            parts.Events.FileDamaged(inode.Ino, await paths.FindAsync(inode), (ulong)offset, damage.Message);
            return FsError.IO;
        }
        finally
        {
            inode.Lock.ExitShared();
        }

        TouchAccess(inode);
        return count;
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

        if (!space.Admits(writing.Content.Length))
        {
            return FsError.NoSpace;
        }

        if (writing.KillPrivileges && inode.Record.Marks.HasFlag(InodeMarks.HasCapability))
        {
            FsError error = await RemoveCapabilityAsync(inode);
            if (error != FsError.None)
            {
                return error;
            }
        }

        return await WritePiecesAsync(inode, writing);
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
    /// <returns>Whether the file must be flushed before it takes more.</returns>
    private bool Take(Inode inode, ref Writing writing)
    {
        long now = writing.FromCache ? 0 : Now();
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
                record.ModifyNs = writing.FromCache ? record.ModifyNs : now;
                record.ChangeNs = writing.FromCache ? record.ChangeNs : now;
                record.Mode = writing.KillPrivileges ? Permissions.WithoutPrivileges(record.Mode) : record.Mode;
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

    private async ValueTask<FsError> SyncAsync(Inode inode)
    {
        FsError error = await parts.Flusher.FlushAsync(inode, ContentLimits.MaxInlineSync);
        if (error != FsError.None)
        {
            return error;
        }

        await packer.SettleAsync(inode);
        ulong sequence;
        lock (inode.Sync)
        {
            sequence = inode.Sequence;
        }

        await commits.MakeDurableAsync(sequence);
        return FsError.None;
    }

    private static FsError ReportErrors(Inode inode, OpenFile? file, FsError error)
    {
        if (file is null)
        {
            return error;
        }

        lock (inode.Sync)
        {
            if (error == FsError.None && inode.WriteErrors > file.SeenErrors)
            {
                error = inode.WriteError;
            }

            file.SeenErrors = inode.WriteErrors;
        }

        return error;
    }

    /// <summary>A write under way; an offset of −1 appends.</summary>
    private readonly record struct Writing(long Offset, ReadOnlyMemory<byte> Content, bool KillPrivileges, bool FromCache);
}
