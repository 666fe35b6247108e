using Tessera.Core.FileSystem;
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
    public static bool Allows(in Caller caller, in InodeRecord inode, int mask)
    {
        if (caller.Uid == 0)
        {
            // Root may do all, but executes only what somebody may execute.
            return (mask & Execute) == 0 || inode.IsDirectory || (inode.Mode & AnyExecute) != 0;
        }

        uint granted = caller.Uid == inode.Uid ? inode.Mode >> 6 : IsMember(caller, inode.Gid) ? inode.Mode >> 3 : inode.Mode;
        return ((uint)mask & ~granted & 7) == 0;
    }

    public static FsError Check(in Caller caller, in InodeRecord inode, int mask) =>
        caller.KernelChecked || Allows(caller, inode, mask) ? FsError.None : FsError.AccessDenied;

    public static bool IsMember(in Caller caller, uint gid) => caller.Gid == gid || caller.Groups.Span.Contains(gid);

    /// <summary>Whether the caller may remove an entry of the directory that names the inode: in a sticky directory only the owner of
    /// either, or root.</summary>
    public static FsError CheckRemoval(in Caller caller, in InodeRecord directory, in InodeRecord inode)
    {
        if (caller.KernelChecked)
        {
            return FsError.None;
        }

        if (!Allows(caller, directory, Write | Execute))
        {
            return FsError.AccessDenied;
        }

        bool sticky = (directory.Mode & ModeBits.Sticky) != 0;
        return !sticky || IsOwner(caller, inode) || IsOwner(caller, directory) ? FsError.None : FsError.NotPermitted;
    }

    public static bool IsOwner(in Caller caller, in InodeRecord inode) => caller.Uid == 0 || caller.Uid == inode.Uid;

    /// <summary>What setattr asks the caller's identity for.</summary>
    public static FsError CheckChange(in Caller caller, in InodeRecord inode, in AttributeChanges changes)
    {
        if (caller.KernelChecked || caller.Uid == 0)
        {
            return FsError.None;
        }

        bool owner = caller.Uid == inode.Uid;
        bool chownUid = changes.Mask.HasFlag(AttributeMask.Uid) && (!owner || changes.Uid != inode.Uid);
        bool chownGid = changes.Mask.HasFlag(AttributeMask.Gid) && (!owner || (changes.Gid != inode.Gid && !IsMember(caller, changes.Gid)));
        bool chmod = changes.Mask.HasFlag(AttributeMask.Mode) && !owner;
        bool setTimes = (changes.Mask & (AttributeMask.AccessTime | AttributeMask.ModifyTime | AttributeMask.ChangeTime)) != AttributeMask.None && !owner;
        if (chownUid || chownGid || chmod || setTimes)
        {
            return FsError.NotPermitted;
        }

        bool touch = (changes.Mask & (AttributeMask.AccessTimeNow | AttributeMask.ModifyTimeNow)) != AttributeMask.None && !owner;
        bool truncate = changes.Mask.HasFlag(AttributeMask.Size) && changes.Handle == 0;
        return (touch || truncate) && !Allows(caller, inode, Write) ? FsError.AccessDenied : FsError.None;
    }

    /// <summary>The mode a write, truncation or change of owner leaves: suid gone, sgid gone where it means "run as the group" (inode(7),
    /// S_ISGID).</summary>
    public static uint WithoutPrivileges(uint mode)
    {
        mode &= ~ModeBits.SetUid;
        return (mode & ModeBits.GroupExecute) != 0 ? mode & ~ModeBits.SetGid : mode;
    }
}
