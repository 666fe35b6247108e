using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Acls;

/// <summary>Permission checks that may have to look into an access list; where none has a say, they complete at once.</summary>
internal sealed class AccessCheck(ContentServices services)
{
    private readonly AclStore acls = new(services);

    /// <summary>Whether the caller may do all that <paramref name="mask"/> asks. The inode is pinned, its lock not held.</summary>
    public ValueTask<FsError> CheckAsync(Caller caller, Inode inode, int mask)
    {
        lock (inode.Sync)
        {
            if (!NeedsList(caller, inode.Record))
            {
                return new(Permissions.Check(caller, inode.Record, list: null, mask));
            }
        }

        return CheckByListAsync(caller, inode, mask);
    }

    /// <summary>The same for a directory; <see cref="FsError.NotDirectory"/> when it is none.</summary>
    public ValueTask<FsError> CheckDirectoryAsync(Caller caller, Inode inode, int mask) =>
        inode.Record.IsDirectory ? CheckAsync(caller, inode, mask) : new(FsError.NotDirectory);

    /// <summary>The list that has a say in what the caller may do; null when the mode decides. The inode's lock is held.</summary>
    public async ValueTask<byte[]?> ListForAsync(Caller caller, Inode inode) =>
        NeedsList(caller, inode.GetRecord()) ? await acls.ReadAsync(inode.Ino, AclKind.Access) : null;

    /// <summary>Under the lock, so that mode and list are of one moment.</summary>
    private async ValueTask<FsError> CheckByListAsync(Caller caller, Inode inode, int mask)
    {
        await inode.Lock.EnterSharedAsync();
        try
        {
            byte[]? list = await ListForAsync(caller, inode);
            return Permissions.Check(caller, inode.GetRecord(), list, mask);
        }
        finally
        {
            inode.Lock.ExitShared();
        }
    }

    /// <remarks>Linux does not look at a list where the mode gives the group nothing (acl_permission_check() in fs/namei.c); no more does this,
    /// so that all doors answer alike.</remarks>
    private static bool NeedsList(in Caller caller, in InodeRecord record) =>
        record.Marks.HasFlag(InodeMarks.HasAccessAcl) && !caller.KernelChecked && !Permissions.IsOwner(caller, record)
        && (record.Mode & ModeBits.GroupRights) != 0;
}
