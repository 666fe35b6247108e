using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;

namespace Tessera.Testing.Volumes;

public sealed partial class VolumeWorkload
{
    private const int XattrNames = 5;
    private const int LargestXattr = 20_000;
    private const int Owners = 3;
    private readonly List<ReferenceNode> unnamed = [];

    private void ChangeMode()
    {
        ReferenceNode node = Pick();
        uint mode = (uint)random.Next((int)ModeBits.PermissionMask + 1);
        Perform(
            () => Now.Do(Volume.SetAttributesAsync(Caller.Engine, node.Ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = mode })).Error,
            () =>
            {
                node.Mode = (node.Mode & ModeBits.TypeMask) | mode;
                node.Acl = node.Acl?.WithRights(mode);
                return FsError.None;
            },
            () => [node]);
    }

    private void ChangeOwner()
    {
        ReferenceNode node = Pick();
        (uint uid, uint gid) = ((uint)random.Next(Owners), (uint)random.Next(Owners));
        var changes = new AttributeChanges { Mask = AttributeMask.Uid | AttributeMask.Gid, Uid = uid, Gid = gid };
        Perform(
            () => Now.Do(Volume.SetAttributesAsync(Caller.Engine, node.Ino, changes)).Error,
            () =>
            {
                (node.Uid, node.Gid) = (uid, gid);
                if (!node.IsDirectory)
                {
                    node.Mode &= ~ModeBits.SetUid & ((node.Mode & ModeBits.GroupExecute) != 0 ? ~ModeBits.SetGid : uint.MaxValue);
                }

                return FsError.None;
            },
            () => [node]);
    }

    private void ChangeXattr()
    {
        ReferenceNode node = Pick();
        string name = $"trusted.x{random.Next(XattrNames)}";
        if (random.Next(3) == 0)
        {
            Perform(
                () => Now.Do(Volume.RemoveXattrAsync(Caller.Engine, node.Ino, Bytes(name))),
                () => node.Xattrs.Remove(name) ? FsError.None : FsError.NoData,
                () => [node]);
            return;
        }

        byte[] value = RandomBytes(random.Next(8) == 0 ? random.Next(LargestXattr) : random.Next(100));
        XattrFlags flags = (XattrFlags)random.Next(3);
        Perform(
            () => Now.Do(Volume.SetXattrAsync(Caller.Engine, node.Ino, Bytes(name), value, flags)),
            () => SetXattr(node, name, value, flags),
            () => [node]);
    }

    private static FsError SetXattr(ReferenceNode node, string name, byte[] value, XattrFlags flags)
    {
        bool exists = node.Xattrs.ContainsKey(name);
        if ((flags == XattrFlags.Create && exists) || (flags == XattrFlags.Replace && !exists))
        {
            return exists ? FsError.Exists : FsError.NoData;
        }

        node.Xattrs[name] = value;
        return FsError.None;
    }

    private void ChangeAccessList()
    {
        ReferenceNode node = Pick();
        if (node.IsSymlink)
        {
            return;
        }

        AccessList? list = random.Next(3) == 0 ? null : new AccessList(Rights(), Rights(), Rights(), Rights(), Rights());
        bool changes = list is not null || node.Acl is not null;
        byte[] name = Bytes(AccessList.AttributeName);
        Perform(
            () => list is null
                ? Now.Do(Volume.RemoveXattrAsync(Caller.Engine, node.Ino, name))
                : Now.Do(Volume.SetXattrAsync(Caller.Engine, node.Ino, name, list.Encode(), XattrFlags.None)),
            () =>
            {
                node.Mode = list is null ? node.Mode : (node.Mode & ~ModeBits.RightsMask) | list.Rights;
                node.Acl = list;
                return FsError.None;
            },
            () => changes ? [node] : []);
    }

    private uint Rights() => (uint)random.Next(8);

    /// <summary>What a lookup or a listing tells of an inode, against the reference as it is now.</summary>
    private void Compare(ReferenceNode node, in InodeAttributes attributes)
    {
        ulong size = (ulong)(node.IsDirectory ? node.Children.Count : node.Data.Length);
        bool same = (attributes.Ino, attributes.Mode, attributes.Uid, attributes.Gid, attributes.LinkCount, attributes.Size)
            == (node.Ino, node.Mode, node.Uid, node.Gid, (uint)node.Links, size);
        Require(same, $"inode {node.Ino}: {attributes}, and not mode {node.Mode:x}, {node.Links} links, {size} bytes");
    }
}
