using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Acls;

/// <summary>Setting and removing access control lists: setxattr(2) and removexattr(2) of the two names they have (acl(5)).</summary>
/// <remarks>Linux ignores XATTR_CREATE and XATTR_REPLACE for them, and to remove what is not there succeeds.</remarks>
internal sealed class AclEditor(VolumeParts parts, XattrEditor xattrs)
{
    private readonly ContentServices services = parts.Services;
    private readonly XattrStore store = new(parts.Services);
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;

    /// <param name="caller">The owner or root.</param>
    /// <param name="ino">The inode.</param>
    /// <param name="kind">Which of its lists.</param>
    /// <param name="value">The attribute's value; one without entries removes.</param>
    /// <param name="flags">Whether the caller's kernel asks for sgid to go.</param>
    public async ValueTask<FsError> SetAsync(Caller caller, ulong ino, AclKind kind, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        FsError error = parts.IsReadOnly ? FsError.ReadOnly : Acl.Check(value.Span);
        if (error != FsError.None)
        {
            return error;
        }

        byte[] list = Acl.IsEmpty(value.Span) ? [] : value.ToArray();
        Acl.Normalize(list);
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        await inode.Lock.EnterExclusiveAsync();
        try
        {
            error = CheckChange(caller, inode.Record, kind, list);
            if (error != FsError.None)
            {
                return error;
            }

            bool isMarked = inode.Record.Marks.HasFlag(AclStore.MarkOf(kind));
            InodeRecord changed = list.Length == 0 ? inode.GetRecord() : Changed(caller, inode.GetRecord(), kind, list, flags);
            list = kind == AclKind.Access && Acl.IsMinimal(list) ? [] : list;
            return changed.Mode == inode.Record.Mode && await IsStoredAsync(inode, kind, list) ? FsError.None
                : list.Length > 0 && !isMarked && !await xattrs.HasRoomInListAsync(inode, AclStore.NameOf(kind).Length) ? FsError.NoSpace
                : await CommitAsync(inode, changed, kind, list);
        }
        finally
        {
            inode.Lock.ExitExclusive();
            inodes.Unpin(inode);
        }
    }

    public ValueTask<FsError> RemoveAsync(Caller caller, ulong ino, AclKind kind) => SetAsync(caller, ino, kind, default, XattrFlags.None);

    private static FsError CheckChange(in Caller caller, in InodeRecord record, AclKind kind, byte[] list)
    {
        if (Permissions.IsProtected(record))
        {
            return FsError.NotPermitted;
        }

        if (ModeBits.IsSymlink(record.Mode))
        {
            return FsError.NotSupported;
        }

        return kind == AclKind.Default && !record.IsDirectory ? list.Length == 0 ? FsError.None : FsError.AccessDenied
            : caller.KernelChecked || Permissions.IsOwner(caller, record) ? FsError.None
            : FsError.NotPermitted;
    }

    /// <summary>The record with the mode that an access list stands for. Who is not in the file's group takes its sgid, as by chmod(2).</summary>
    private static InodeRecord Changed(in Caller caller, InodeRecord record, AclKind kind, byte[] list, XattrFlags flags)
    {
        if (kind == AclKind.Access)
        {
            bool isForeign = !caller.KernelChecked && caller.Uid != 0 && !caller.IsMember(record.Gid);
            record.Mode = (record.Mode & ~ModeBits.RightsMask) | Acl.ModeOf(list);
            record.Mode &= flags.HasFlag(XattrFlags.KillSetGid) || isForeign ? ~ModeBits.SetGid : record.Mode;
        }

        return record;
    }

    /// <summary>Whether nothing would change: whoever sets again what is there marks no time, as on ext4 (rsync(1) does so of every file).</summary>
    private async ValueTask<bool> IsStoredAsync(Inode inode, AclKind kind, byte[] list)
    {
        bool isMarked = inode.Record.Marks.HasFlag(AclStore.MarkOf(kind));
        return list.Length == 0 ? !isMarked : isMarked && await store.HoldsAsync(inode.Ino, AclStore.NameOf(kind), list);
    }

    /// <summary>Stores the list, or that there is none.</summary>
    private async ValueTask<FsError> CommitAsync(Inode inode, InodeRecord record, AclKind kind, byte[] list)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            if (list.Length > 0)
            {
                AclStore.Put(scratch.Batch, inode.Ino, kind, list, ref record);
            }
            else if (record.Marks.HasFlag(AclStore.MarkOf(kind)))
            {
                scratch.Batch.MayUseReserve = true;
                AclStore.Delete(scratch.Batch, inode.Ino, kind, ref record);
            }

            record.ChangeNs = parts.Now();
            record.Change++;
            return await commits.CommitRecordAsync(scratch.Batch, inode, record);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }
}
