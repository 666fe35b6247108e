using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>fallocate(2).</summary>
/// <remarks>Blocks are never overwritten, so space cannot be set aside for a range: what is allocated is looked for, as in other file systems that
/// copy on write, and zeros are holes.</remarks>
internal sealed class RangeEditor(VolumeParts parts, HandleTable handles, Truncator truncator, OrphanCollector orphans)
{
    private const AllocateModes Known = AllocateModes.KeepSize | AllocateModes.PunchHole | AllocateModes.ZeroRange;
    private readonly ContentServices services = parts.Services;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly SpaceGuard space = new(parts.Services.Store, parts.Services.Dirty);

    public async ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        FsError error = Check(span.Offset, length, modes);
        if (error != FsError.None)
        {
            return error;
        }

        OpenFile? file = handles.Find(span.Handle, span.Ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(span.Ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            error = await CheckFileAsync(caller, inode, file, modes);
            return error != FsError.None ? error : await AllocateAsync(inode, new Range((long)span.Offset, (long)(span.Offset + length)), modes);
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    private FsError Check(ulong offset, ulong length, AllocateModes modes)
    {
        bool punches = modes.HasFlag(AllocateModes.PunchHole);
        bool isKnown = (modes & ~Known) == AllocateModes.None && (!punches || modes == (AllocateModes.PunchHole | AllocateModes.KeepSize));
        return parts.IsReadOnly ? FsError.ReadOnly
            : !isKnown ? FsError.NotSupported
            : length == 0 ? FsError.InvalidArgument
            : offset > FsLimits.MaxFileSize || length > FsLimits.MaxFileSize - offset ? FsError.FileTooBig
            : FsError.None;
    }

    private ValueTask<FsError> CheckFileAsync(in Caller caller, Inode inode, OpenFile? file, AllocateModes modes)
    {
        if (!inode.Record.IsRegular)
        {
            return new(inode.Record.IsDirectory ? FsError.IsDirectory : FsError.InvalidArgument);
        }

        InodeFlags flags = inode.Record.Flags;
        if (flags.HasFlag(InodeFlags.Immutable) || (flags.HasFlag(InodeFlags.AppendOnly) && (modes & ~AllocateModes.KeepSize) != AllocateModes.None))
        {
            return new(FsError.NotPermitted);
        }

        if (caller.KernelChecked)
        {
            return new(FsError.None);
        }

        return file is null ? parts.Access.CheckAsync(caller, inode, Permissions.Write) : new(file.CanWrite ? FsError.None : FsError.BadHandle);
    }

    private async ValueTask<FsError> AllocateAsync(Inode inode, Range range, AllocateModes modes)
    {
        bool clears = (modes & (AllocateModes.PunchHole | AllocateModes.ZeroRange)) != AllocateModes.None;
        if (!clears && !space.Admits(range.To - range.From))
        {
            await orphans.CollectQueuedAsync();
            if (!await space.AdmitsSettledAsync(range.To - range.From))
            {
                return FsError.NoSpace;
            }
        }

        FileContent content = inode.GetContent(services);
        await content.FlushLock.EnterExclusiveAsync();
        try
        {
            // As before a truncation: no crash may show the hole without what was written before it.
            FsError error = await parts.Flusher.FlushHeldAsync(inode, content, ContentLimits.MaxInlineFlush);
            return error != FsError.None ? error : await AllocateHeldAsync(inode, content, range, modes);
        }
        finally
        {
            content.FlushLock.ExitExclusive();
        }
    }

    private async ValueTask<FsError> AllocateHeldAsync(Inode inode, FileContent content, Range range, AllocateModes modes)
    {
        bool clears = (modes & (AllocateModes.PunchHole | AllocateModes.ZeroRange)) != AllocateModes.None;
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            if (inode.IsGone)
            {
                return FsError.Stale;
            }

            InodeRecord record = Changed(inode);
            bool grows = !modes.HasFlag(AllocateModes.KeepSize) && range.To > record.Length;
            record.Length = grows ? range.To : record.Length;
            FsError error = clears ? await truncator.PunchAsync(inode, content, record, (range.From, range.To))
                : grows ? await truncator.SetLengthAsync(inode, content, record)
                : await MarkAsync(inode, record);
            parts.Dirty.RemoveIfClean(inode);
            return error;
        }
        finally
        {
            inode.Lock.ExitExclusive();
        }
    }

    /// <summary>Nothing is stored but the times: not the length either, which bytes that came since the flush may have changed.</summary>
    private async ValueTask<FsError> MarkAsync(Inode inode, InodeRecord changed)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            scratch.Batch.MayUseReserve = true; // The record is there already.
            return await parts.Commits.CommitRecordAsync(scratch.Batch, inode, changed);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>With the times of a change: as on ext4, also where room is asked for and nothing is stored.</summary>
    private InodeRecord Changed(Inode inode)
    {
        InodeRecord record = inode.GetRecord();
        long now = parts.Now();
        record.ChangeNs = now;
        record.ModifyNs = now;
        record.Change++;
        return record;
    }

    private readonly record struct Range(long From, long To);
}
