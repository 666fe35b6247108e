using Tessera.Core.FileSystem;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

/// <summary>The engine's own permission checks, for doors whose callers no kernel has checked (path_resolution(7), chmod(2), chown(2),
/// unlink(2)). Pure.</summary>
internal static class Permissions
{
    public const int Read = 4;
    public const int Write = 2;
    public const int Execute = 1;
    private const uint AnyExecute = 0x49;

    /// <summary>Whether the caller may do all that <paramref name="mask"/> asks.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="inode">The inode's record.</param>
    /// <param name="list">The inode's access list where it has a say (<see cref="AccessCheck"/>), else null.</param>
    /// <param name="mask">Read, write, execute.</param>
    public static bool Allows(in Caller caller, in InodeRecord inode, byte[]? list, int mask)
    {
        if (caller.Uid == 0)
        {
            // Root may do all, but executes only what somebody may execute.
            return (mask & Execute) == 0 || inode.IsDirectory || (inode.Mode & AnyExecute) != 0;
        }

        if (list is not null && caller.Uid != inode.Uid)
        {
            return Acl.Grants(list, caller, inode, (uint)mask);
        }

        uint granted = caller.Uid == inode.Uid ? inode.Mode >> 6 : caller.IsMember(inode.Gid) ? inode.Mode >> 3 : inode.Mode;
        return ((uint)mask & ~granted & 7) == 0;
    }

    /// <remarks>What chattr(1) protects is protected from root too, and no kernel knows of it.</remarks>
    public static FsError Check(in Caller caller, in InodeRecord inode, byte[]? list, int mask) =>
        (mask & Write) != 0 && inode.Flags.HasFlag(InodeFlags.Immutable) ? FsError.NotPermitted
        : caller.KernelChecked || Allows(caller, inode, list, mask) ? FsError.None
        : FsError.AccessDenied;

    /// <summary>Immutable or append-only: it is not linked, renamed or removed, and its attributes stay.</summary>
    public static bool IsProtected(in InodeRecord inode) => (inode.Flags & (InodeFlags.Immutable | InodeFlags.AppendOnly)) != InodeFlags.None;

    /// <summary>Whether the caller may remove an entry of the directory that names the inode: in a sticky directory only the owner of
    /// either, or root.</summary>
    public static FsError CheckRemoval(in Caller caller, in InodeRecord directory, byte[]? directoryList, in InodeRecord inode)
    {
        if (IsProtected(directory) || IsProtected(inode))
        {
            return FsError.NotPermitted;
        }

        if (caller.KernelChecked)
        {
            return FsError.None;
        }

        if (!Allows(caller, directory, directoryList, Write | Execute))
        {
            return FsError.AccessDenied;
        }

        bool sticky = (directory.Mode & ModeBits.Sticky) != 0;
        return !sticky || IsOwner(caller, inode) || IsOwner(caller, directory) ? FsError.None : FsError.NotPermitted;
    }

    public static bool IsOwner(in Caller caller, in InodeRecord inode) => caller.Uid == 0 || caller.Uid == inode.Uid;

    /// <summary>What setattr asks the caller's identity for.</summary>
    public static FsError CheckChange(in Caller caller, in InodeRecord inode, byte[]? list, in AttributeChanges changes)
    {
        if (IsProtectedFrom(inode, changes.Mask))
        {
            return FsError.NotPermitted;
        }

        if (caller.KernelChecked || caller.Uid == 0)
        {
            return FsError.None;
        }

        bool owner = caller.Uid == inode.Uid;
        bool chownUid = changes.Mask.HasFlag(AttributeMask.Uid) && (!owner || changes.Uid != inode.Uid);
        bool chownGid = changes.Mask.HasFlag(AttributeMask.Gid) && (!owner || (changes.Gid != inode.Gid && !caller.IsMember(changes.Gid)));
        bool chmod = changes.Mask.HasFlag(AttributeMask.Mode) && !owner;
        const InodeFlags Protecting = InodeFlags.Immutable | InodeFlags.AppendOnly;
        bool chattr = changes.Mask.HasFlag(AttributeMask.Flags) && (!owner || ((changes.Flags ^ inode.Flags) & Protecting) != InodeFlags.None);
        bool setTimes = (changes.Mask & (AttributeMask.AccessTime | AttributeMask.ModifyTime | AttributeMask.ChangeTime)) != AttributeMask.None && !owner;
        if (chownUid || chownGid || chmod || chattr || setTimes)
        {
            return FsError.NotPermitted;
        }

        bool touch = (changes.Mask & (AttributeMask.AccessTimeNow | AttributeMask.ModifyTimeNow)) != AttributeMask.None && !owner;
        bool truncate = changes.Mask.HasFlag(AttributeMask.Size) && changes.Handle == 0;
        return (touch || truncate) && !Allows(caller, inode, list, Write) ? FsError.AccessDenied : FsError.None;
    }

    /// <summary>What an immutable or append-only inode keeps (notify_change() of Linux): of append-only ones the times may be set to now.</summary>
    private static bool IsProtectedFrom(in InodeRecord inode, AttributeMask mask)
    {
        const AttributeMask ToNow = AttributeMask.AccessTimeNow | AttributeMask.ModifyTimeNow | AttributeMask.ChangeTime | AttributeMask.KillPrivileges;
        mask &= ~AttributeMask.Flags;
        return (inode.Flags.HasFlag(InodeFlags.Immutable) && mask != AttributeMask.None)
            || (inode.Flags.HasFlag(InodeFlags.AppendOnly) && (mask & ~ToNow) != AttributeMask.None);
    }

    /// <summary>The mode bits that a write, a truncation or a change of owner takes: suid, and sgid where it means "run as the group" or the caller,
    /// who is not root, is not in that group (inode(7), S_ISGID; setattr_should_drop_sgid() of Linux).</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="mode">The file's mode before.</param>
    /// <param name="gid">The file's group before.</param>
    public static uint PrivilegesLost(in Caller caller, uint mode, uint gid)
    {
        bool forLocking = (mode & (ModeBits.SetGid | ModeBits.GroupExecute)) == ModeBits.SetGid;
        return forLocking && (caller.Uid == 0 || caller.IsMemberSurely(gid)) ? ModeBits.SetUid : ModeBits.SetUid | ModeBits.SetGid;
    }
}
