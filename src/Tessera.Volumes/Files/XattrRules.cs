using Tessera.Core.FileSystem;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Who may do what with which extended attributes (xattr(7)). Pure.</summary>
internal static class XattrRules
{
    public static FsError CheckRead(in Caller caller, in InodeRecord inode, byte[]? list, ReadOnlySpan<byte> name)
    {
        FsError error = CheckName(name);
        if (error != FsError.None)
        {
            return error;
        }

        if (IsUser(name))
        {
            return HoldsUser(inode) ? Permissions.Check(caller, inode, list, Permissions.Read) : FsError.NoData;
        }

        return IsTrusted(name) && !caller.KernelChecked && caller.Uid != 0 ? FsError.NoData : FsError.None;
    }

    public static FsError CheckChange(in Caller caller, in InodeRecord inode, byte[]? list, ReadOnlySpan<byte> name)
    {
        FsError error = CheckName(name);
        if (error != FsError.None)
        {
            return error;
        }

        if (IsUser(name))
        {
            bool sticky = inode.IsDirectory && (inode.Mode & ModeBits.Sticky) != 0 && !caller.KernelChecked && !Permissions.IsOwner(caller, inode);
            return !HoldsUser(inode) || sticky ? FsError.NotPermitted : Permissions.Check(caller, inode, list, Permissions.Write);
        }

        return caller.KernelChecked || caller.Uid == 0 ? FsError.None : FsError.NotPermitted;
    }

    /// <summary>trusted.* are not even seen by others than root.</summary>
    public static bool IsListed(in Caller caller, ReadOnlySpan<byte> name) => caller.Uid == 0 || !IsTrusted(name);

    private static FsError CheckName(ReadOnlySpan<byte> name)
    {
        if (name.Length > FsLimits.MaxXattrName)
        {
            return FsError.OutOfRange;
        }

        if (name.Contains((byte)0))
        {
            return FsError.InvalidArgument;
        }

        // Of system.* there are the access control lists.
        bool known = AclStore.KindOf(name) is not null || HasPrefix(name, "user."u8) || HasPrefix(name, "trusted."u8) || HasPrefix(name, "security."u8);
        return known ? FsError.None : FsError.NotSupported;
    }

    private static bool HasPrefix(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) => name.Length > prefix.Length && name.StartsWith(prefix);

    private static bool IsUser(ReadOnlySpan<byte> name) => name.StartsWith("user."u8);

    private static bool IsTrusted(ReadOnlySpan<byte> name) => name.StartsWith("trusted."u8);

    private static bool HoldsUser(in InodeRecord inode) => inode.IsRegular || inode.IsDirectory;
}
