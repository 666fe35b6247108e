using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Acls;

/// <summary>Arithmetic on access control lists in the form of their extended attributes (acl(5), linux/posix_acl_xattr.h): a version u32,
/// which is 2, then entries. Pure. But for <see cref="Check"/>, the list is known to be valid.</summary>
internal static class Acl
{
    public const int HeaderSize = 4;
    public const int MaxSize = HeaderSize + (VolumeLimits.MaxAclEntries * AclEntry.Size);

    /// <summary>Entries of a list that says no more than a mode: owner, owning group, others.</summary>
    private const int MinimalCount = 3;
    private const uint Version = 2;
    private const uint AllRights = 7;
    private const int OwnerShift = 6;
    private const int GroupShift = 3;

    public static int CountOf(ReadOnlySpan<byte> list) => (list.Length - HeaderSize) / AclEntry.Size;

    /// <summary>Setting a list without entries removes what is there.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> list) => list.Length <= HeaderSize;

    /// <summary>Whether the mode says it all.</summary>
    public static bool IsMinimal(ReadOnlySpan<byte> list) => CountOf(list) == MinimalCount;

    /// <summary>Whether a value is a list: one entry each for owner, owning group and others, a mask where ids are named, all in order.
    /// <see cref="FsError.NotSupported"/> for another version, <see cref="FsError.NoSpace"/> beyond <see cref="VolumeLimits.MaxAclEntries"/>,
    /// else <see cref="FsError.InvalidArgument"/>.</summary>
    public static FsError Check(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return FsError.None;
        }

        if (value.Length < HeaderSize || (value.Length - HeaderSize) % AclEntry.Size != 0)
        {
            return FsError.InvalidArgument;
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(value) != Version ? FsError.NotSupported
            : value.Length > MaxSize ? FsError.NoSpace
            : IsEmpty(value) || IsInOrder(value) ? FsError.None
            : FsError.InvalidArgument;
    }

    private static bool IsInOrder(ReadOnlySpan<byte> list)
    {
        AclTag last = AclTag.None;
        AclTag seen = AclTag.None;
        for (int i = 0; i < CountOf(list); i++)
        {
            AclEntry entry = At(list, i);
            bool isKnown = Enum.IsDefined(entry.Tag) && entry.Rights <= AllRights;
            bool isNext = entry.IsNamed ? entry.Tag >= last && entry.Id != AclEntry.NoId : entry.Tag > last;
            if (!isKnown || !isNext)
            {
                return false;
            }

            last = entry.Tag;
            seen |= entry.Tag;
        }

        const AclTag Needed = AclTag.Owner | AclTag.OwningGroup | AclTag.Other;
        bool namesIds = (seen & (AclTag.User | AclTag.Group)) != AclTag.None;
        return (seen & Needed) == Needed && (!namesIds || seen.HasFlag(AclTag.Mask));
    }

    /// <summary>Makes the ids of entries that name nobody what the kernel makes them.</summary>
    public static void Normalize(Span<byte> list)
    {
        for (int i = 0; i < CountOf(list); i++)
        {
            AclEntry entry = At(list, i);
            Put(list, i, entry.IsNamed ? entry : entry with { Id = AclEntry.NoId });
        }
    }

    /// <summary>The nine bits of the mode that an access list stands for: its mask, where it has one, is the group's.</summary>
    public static uint ModeOf(ReadOnlySpan<byte> list)
    {
        uint mode = 0;
        for (int i = 0; i < CountOf(list); i++)
        {
            AclEntry entry = At(list, i);
            mode = entry.Tag switch
            {
                AclTag.Owner => mode | (entry.Rights << OwnerShift),
                AclTag.OwningGroup => mode | (entry.Rights << GroupShift),
                AclTag.Mask => (mode & ~(AllRights << GroupShift)) | (entry.Rights << GroupShift),
                AclTag.Other => mode | entry.Rights,
                _ => mode,
            };
        }

        return mode;
    }

    /// <summary>Makes the list stand for a mode, as chmod(2) does: with a mask, the owning group's own entry stays.</summary>
    public static void SetMode(Span<byte> list, uint mode)
    {
        int count = CountOf(list);
        bool hasMask = HasMask(list);
        for (int i = 0; i < count; i++)
        {
            AclEntry entry = At(list, i);
            uint rights = entry.Tag switch
            {
                AclTag.Owner => mode >> OwnerShift,
                AclTag.OwningGroup when !hasMask => mode >> GroupShift,
                AclTag.Mask => mode >> GroupShift,
                AclTag.Other => mode,
                _ => entry.Rights,
            };
            Put(list, i, entry with { Rights = rights & AllRights });
        }
    }

    /// <summary>Makes a directory's default list the access list of what is made in it with a mode: what either refuses is refused.</summary>
    /// <returns>The mode of what is made.</returns>
    public static uint Inherit(Span<byte> list, uint mode)
    {
        mode = (mode & ~ModeBits.RightsMask) | (mode & ModeOf(list));
        SetMode(list, mode);
        return mode;
    }

    /// <summary>Whether a caller may do all that <paramref name="mask"/> asks (acl(5), Access check algorithm). The owner is not asked for: the
    /// mode knows.</summary>
    public static bool Grants(ReadOnlySpan<byte> list, in Caller caller, in InodeRecord inode, uint mask)
    {
        bool isInGroup = false;
        bool matches = false;
        uint limit = AllRights;
        for (int i = 0; i < CountOf(list); i++)
        {
            AclEntry entry = At(list, i);
            bool allows = (mask & ~entry.Rights) == 0;
            switch (entry.Tag)
            {
                case AclTag.User when entry.Id == caller.Uid:
                    return allows && (mask & ~MaskOf(list)) == 0;
                case AclTag.OwningGroup when caller.IsMember(inode.Gid):
                case AclTag.Group when caller.IsMember(entry.Id):
                    isInGroup = true;
                    matches |= allows; // One group must allow it all; two halves do not make a whole.
                    break;
                case AclTag.Mask:
                    limit = entry.Rights;
                    break;
                case AclTag.Other when !isInGroup:
                    return allows;
            }
        }

        return matches && (mask & ~limit) == 0;
    }

    public static AclEntry At(ReadOnlySpan<byte> list, int index) => AclEntry.Decode(list[(HeaderSize + (index * AclEntry.Size))..]);

    private static void Put(Span<byte> list, int index, in AclEntry entry) => entry.Encode(list[(HeaderSize + (index * AclEntry.Size))..]);

    /// <summary>The mask is the last but one.</summary>
    private static bool HasMask(ReadOnlySpan<byte> list) => At(list, CountOf(list) - 2).Tag == AclTag.Mask;

    private static uint MaskOf(ReadOnlySpan<byte> list) => HasMask(list) ? At(list, CountOf(list) - 2).Rights : AllRights;
}
