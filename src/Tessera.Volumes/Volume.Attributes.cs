using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    private const long DayNs = 86_400_000_000_000;

    /// <summary>Block size that statfs tells, bytes.</summary>
    private const uint StatisticsBlock = 4096;

    /// <summary>Space a new file takes at least: its records in the map.</summary>
    private const ulong BytesPerInode = 512;

    public async ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        InodeAttributes attributes = inode.GetAttributes();
        inodes.Unpin(inode);
        return attributes;
    }

    public async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        if (options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = changes.Mask.HasFlag(AttributeMask.Size)
                ? await TruncateAsync(caller, inode, changes)
                : await ChangeAsync(caller, inode, changes);
            return error == FsError.None ? inode.GetAttributes() : error;
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    public async ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        VolumeRecord record = await ReadRecordAsync(services.Store);
        StoreStatistics store = services.Store.GetStatistics();
        ulong available = store.AvailableBytes - Math.Min(store.AvailableBytes, (ulong)services.Dirty.Used);
        ulong freeFiles = available / BytesPerInode;
        return new FileSystemStatistics(
            StatisticsBlock,
            store.CapacityBytes / StatisticsBlock,
            available / StatisticsBlock,
            available / StatisticsBlock,
            (ulong)record.Inodes + freeFiles,
            freeFiles);
    }

    /// <summary>chmod, chown, utimensat: one record, one commit.</summary>
    private async ValueTask<FsError> ChangeAsync(Caller caller, Inode inode, AttributeChanges changes)
    {
        StoreScratch scratch = services.Scratch.Rent();
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            InodeRecord record;
            lock (inode.Sync)
            {
                record = inode.Record;
            }

            FsError error = Permissions.CheckChange(caller, record, changes);
            if (error != FsError.None || changes.Mask == AttributeMask.None)
            {
                return error;
            }

            Apply(caller, ref record, changes, Now());
            if (LosesCapability(record, changes))
            {
                RemoveCapability(scratch.Batch, inode.Ino, ref record);
            }

            InodeRecord stored = record;
            stored.Length = inode.StoredLength;
            FileFlusher.Put(scratch.Batch, inode.Ino, stored);
            CommitResult result = await commits.CommitSurelyAsync(scratch.Batch);
            if (result.Status == CommitStatus.Committed)
            {
                NoteChanged(inode, record, result.Sequence);
            }

            return CommitLog.ToError(result.Status);
        }
        finally
        {
            inode.Lock.ExitExclusive();
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>The change is stored. Writers, who only share the file's lock, cannot have run meanwhile; whoever read a byte may have touched the access time.</summary>
    private static void NoteChanged(Inode inode, in InodeRecord record, ulong sequence)
    {
        lock (inode.Sync)
        {
            inode.Record = record;
            inode.NoteCommit(sequence);
        }
    }

    private async ValueTask<FsError> TruncateAsync(Caller caller, Inode inode, AttributeChanges changes)
    {
        if (!inode.Record.IsRegular)
        {
            return inode.Record.IsDirectory ? FsError.IsDirectory : FsError.InvalidArgument;
        }

        if (changes.Size > FsLimits.MaxFileSize)
        {
            return FsError.FileTooBig;
        }

        if (!caller.KernelChecked && caller.Uid != 0)
        {
            changes.Mask |= AttributeMask.KillPrivileges;
        }

        FileContent content = ContentOf(inode);
        await content.FlushLock.EnterExclusiveAsync();
        try
        {
            // What was written before is stored before: a crash must not show the new length with holes in place of acknowledged bytes.
            FsError error = changes.Size == 0 ? FsError.None : await parts.Flusher.FlushHeldAsync(inode, content, ContentLimits.MaxInlineFlush);
            return error != FsError.None ? error : await TruncateHeldAsync(caller, inode, content, changes);
        }
        finally
        {
            content.FlushLock.ExitExclusive();
        }
    }

    private async ValueTask<FsError> TruncateHeldAsync(Caller caller, Inode inode, FileContent content, AttributeChanges changes)
    {
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            InodeRecord record;
            lock (inode.Sync)
            {
                record = inode.Record;
            }

            FsError error = inode.IsGone ? FsError.Stale : Permissions.CheckChange(caller, record, changes);
            if (error != FsError.None)
            {
                return error;
            }

            Apply(caller, ref record, changes, Now());
            if (changes.Size == 0)
            {
                content.Drop();
            }

            error = await truncator.SetLengthAsync(inode, content, record);
            if (error == FsError.None && LosesCapability(record, changes))
            {
                error = await RemoveCapabilityHeldAsync(inode);
            }

            parts.Dirty.RemoveIfClean(inode);
            return error;
        }
        finally
        {
            inode.Lock.ExitExclusive();
        }
    }

    private static void Apply(in Caller caller, ref InodeRecord record, in AttributeChanges changes, long now)
    {
        AttributeMask mask = changes.Mask;
        if (mask.HasFlag(AttributeMask.Mode))
        {
            record.Mode = (record.Mode & ModeBits.TypeMask) | (changes.Mode & ModeBits.PermissionMask);
            if (!caller.KernelChecked && caller.Uid != 0 && !Permissions.IsMember(caller, record.Gid))
            {
                // chmod(2): to members only may sgid be given.
                record.Mode &= ~ModeBits.SetGid;
            }
        }

        bool chown = (mask & (AttributeMask.Uid | AttributeMask.Gid)) != AttributeMask.None;
        record.Uid = mask.HasFlag(AttributeMask.Uid) ? changes.Uid : record.Uid;
        record.Gid = mask.HasFlag(AttributeMask.Gid) ? changes.Gid : record.Gid;
        if (!record.IsDirectory && (chown || mask.HasFlag(AttributeMask.KillPrivileges)))
        {
            record.Mode = Permissions.WithoutPrivileges(record.Mode);
        }

        if (mask.HasFlag(AttributeMask.Size))
        {
            record.Length = (long)changes.Size;
            record.ModifyNs = now;
        }

        record.AccessNs = mask.HasFlag(AttributeMask.AccessTimeNow) ? now
            : mask.HasFlag(AttributeMask.AccessTime) ? Nanoseconds.From(changes.AccessTime) : record.AccessNs;
        record.ModifyNs = mask.HasFlag(AttributeMask.ModifyTimeNow) ? now
            : mask.HasFlag(AttributeMask.ModifyTime) ? Nanoseconds.From(changes.ModifyTime) : record.ModifyNs;
        record.ChangeNs = mask.HasFlag(AttributeMask.ChangeTime) ? Nanoseconds.From(changes.ChangeTime) : now;
        record.Change++;
    }

    private static bool LosesCapability(in InodeRecord record, in AttributeChanges changes) =>
        record.Marks.HasFlag(InodeMarks.HasCapability)
        && (changes.Mask & (AttributeMask.Uid | AttributeMask.Gid | AttributeMask.KillPrivileges)) != AttributeMask.None;

    /// <summary>Notes a read, as the volume's policy wants it. Stored later, with something else.</summary>
    private void TouchAccess(Inode inode)
    {
        if (options.ReadOnly || options.AccessTimes == AccessTimePolicy.Never)
        {
            return;
        }

        long now = Now();
        lock (inode.Sync)
        {
            ref InodeRecord record = ref inode.Record;
            bool stale = record.AccessNs <= record.ModifyNs || record.AccessNs <= record.ChangeNs || now - record.AccessNs >= DayNs;
            if (inode.IsGone || (options.AccessTimes == AccessTimePolicy.Relative && !stale))
            {
                return;
            }

            record.AccessNs = now;
            inode.AccessDirty = true;
            parts.Dirty.Add(inode);
        }
    }
}
