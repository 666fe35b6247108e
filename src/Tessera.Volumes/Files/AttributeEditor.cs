using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>chmod(2), chown(2), utimensat(2), chattr(1), truncate(2).</summary>
internal sealed class AttributeEditor(VolumeParts parts, HandleTable handles, Truncator truncator, XattrEditor xattrs)
{
    private readonly ContentServices services = parts.Services;
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly AclStore acls = new(parts.Services);

    public async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        if (parts.IsReadOnly)
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

    /// <summary>chmod, chown, utimensat: one record, one commit.</summary>
    private async ValueTask<FsError> ChangeAsync(Caller caller, Inode inode, AttributeChanges changes)
    {
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            return await ChangeHeldAsync(caller, inode, changes);
        }
        finally
        {
            inode.Lock.ExitExclusive();
        }
    }

    private async ValueTask<FsError> ChangeHeldAsync(Caller caller, Inode inode, AttributeChanges changes)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            InodeRecord record = inode.GetRecord();

            FsError error = TakesPrivilegesUnasked(caller, inode, record, changes.Mask)
                ? FsError.NotPermitted
                : Permissions.CheckChange(caller, record, await parts.Access.ListForAsync(caller, inode), changes);
            if (error != FsError.None || changes.Mask == AttributeMask.None)
            {
                return error;
            }

            Apply(caller, ref record, changes, parts.Now());
            if (LosesCapability(record, changes))
            {
                XattrEditor.RemoveCapability(scratch.Batch, inode.Ino, ref record);
            }

            if (changes.Mask.HasFlag(AttributeMask.Mode) && record.Marks.HasFlag(InodeMarks.HasAccessAcl))
            {
                byte[] list = await acls.ReadAsync(inode.Ino, AclKind.Access);
                Acl.SetMode(list, record.Mode);
                AclStore.Put(scratch.Batch, inode.Ino, AclKind.Access, list, ref record);
            }

            return await commits.CommitRecordAsync(scratch.Batch, inode, record);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>truncate(2), O_TRUNC. The inode is pinned, none of its locks held.</summary>
    public async ValueTask<FsError> TruncateAsync(Caller caller, Inode inode, AttributeChanges changes)
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

        FileContent content = inode.GetContent(services);
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
            InodeRecord record = inode.GetRecord();

            byte[]? list = await parts.Access.ListForAsync(caller, inode);
            FsError error = inode.IsGone ? FsError.Stale : Permissions.CheckChange(caller, record, list, changes);
            if (error != FsError.None)
            {
                return error;
            }

            if (changes.Mask.HasFlag(AttributeMask.Mode) && record.Marks.HasFlag(InodeMarks.HasAccessAcl))
            {
                // The access list goes with the mode, by a commit of its own: no kernel asks for both changes at once.
                error = await ChangeHeldAsync(caller, inode, changes with { Mask = AttributeMask.Mode });
                changes.Mask &= ~AttributeMask.Mode;
                record = inode.GetRecord();
            }

            if (error != FsError.None)
            {
                return error;
            }

            Apply(caller, ref record, changes, parts.Now());
            if (changes.Size == 0)
            {
                content.Drop();
            }

            error = await truncator.SetLengthAsync(inode, content, record);
            if (error == FsError.None && LosesCapability(record, changes))
            {
                error = await xattrs.RemoveCapabilityHeldAsync(inode);
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
            if (!caller.KernelChecked && caller.Uid != 0 && !caller.IsMember(record.Gid))
            {
                // chmod(2): to members only may sgid be given.
                record.Mode &= ~ModeBits.SetGid;
            }
        }

        bool chown = (mask & (AttributeMask.Uid | AttributeMask.Gid)) != AttributeMask.None;
        if (!record.IsDirectory && (chown || mask.HasFlag(AttributeMask.KillPrivileges)))
        {
            record.Mode &= ~Permissions.PrivilegesLost(caller, record.Mode, record.Gid);
        }

        record.Flags = mask.HasFlag(AttributeMask.Flags) ? changes.Flags : record.Flags;
        record.Uid = mask.HasFlag(AttributeMask.Uid) ? changes.Uid : record.Uid;
        record.Gid = mask.HasFlag(AttributeMask.Gid) ? changes.Gid : record.Gid;
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

    /// <summary>Privileges alone are taken by what writes to an open file, and by chown(2) of nobody new, which no kernel checks and which looks the same.
    /// Only the latter comes of who does not have the file open for writing, and then only the owner may: it would break other people's set-user-ID programs.</summary>
    private bool TakesPrivilegesUnasked(in Caller caller, Inode inode, in InodeRecord record, AttributeMask mask) =>
        mask == AttributeMask.KillPrivileges && !caller.IsUnknown && !record.IsDirectory && (record.Mode & (ModeBits.SetUid | ModeBits.SetGid)) != 0
        && !Permissions.IsOwner(caller, record) && !handles.IsWriter(caller.Uid, inode);

    private static bool LosesCapability(in InodeRecord record, in AttributeChanges changes) =>
        record.Marks.HasFlag(InodeMarks.HasCapability)
        && (changes.Mask & (AttributeMask.Uid | AttributeMask.Gid | AttributeMask.KillPrivileges)) != AttributeMask.None;
}
