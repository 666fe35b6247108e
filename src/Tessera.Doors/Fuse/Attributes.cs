using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>Attributes between the engine's words and the kernel's. Pure.</summary>
internal static class Attributes
{
    private const uint BlockSize = 4096;

    /// <summary>STATX_BASIC_STATS and STATX_BTIME of linux/stat.h.</summary>
    private const uint StatxBasic = 0x7FF;
    private const uint StatxBirthTime = 0x800;

    /// <summary>STATX_ATTR_IMMUTABLE, _APPEND and _NODUMP have the values of the inode's flags.</summary>
    private const InodeFlags StatxFlags = InodeFlags.Immutable | InodeFlags.AppendOnly | InodeFlags.NoDump;

    public static FuseAttributes Encode(in InodeAttributes attributes) => new()
    {
        Ino = Shown(attributes),
        Size = attributes.Size,
        Blocks = attributes.Blocks,
        AccessSeconds = attributes.AccessTime.Seconds,
        ModifySeconds = attributes.ModifyTime.Seconds,
        ChangeSeconds = attributes.ChangeTime.Seconds,
        AccessNanoseconds = attributes.AccessTime.Nanoseconds,
        ModifyNanoseconds = attributes.ModifyTime.Nanoseconds,
        ChangeNanoseconds = attributes.ChangeTime.Nanoseconds,
        Mode = attributes.Mode,
        LinkCount = attributes.LinkCount,
        Uid = attributes.Uid,
        Gid = attributes.Gid,
        Device = attributes.Rdev,
        BlockSize = BlockSize,
    };

    public static FuseStatx EncodeStatx(in InodeAttributes attributes) => new()
    {
        Mask = StatxBasic | StatxBirthTime,
        BlockSize = BlockSize,
        Attributes = (ulong)(attributes.Flags & StatxFlags),
        AttributesMask = (ulong)StatxFlags,
        LinkCount = attributes.LinkCount,
        Uid = attributes.Uid,
        Gid = attributes.Gid,
        Mode = (ushort)attributes.Mode,
        Ino = Shown(attributes),
        Size = attributes.Size,
        Blocks = attributes.Blocks,
        AccessTime = ToStatx(attributes.AccessTime),
        BirthTime = ToStatx(attributes.BirthTime),
        ChangeTime = ToStatx(attributes.ChangeTime),
        ModifyTime = ToStatx(attributes.ModifyTime),
        DeviceMajor = (attributes.Rdev >> 8) & 0xFFF,
        DeviceMinor = (attributes.Rdev & 0xFF) | ((attributes.Rdev >> 12) & 0xFFF00),
    };

    public static XattrFlags Decode(in SetXattrArguments arguments) =>
        (XattrFlags)arguments.Mode | (arguments.Flags.HasFlag(SetXattrFlags.AclKillSgid) ? XattrFlags.KillSetGid : XattrFlags.None);

    /// <summary>The inode number that programs see.</summary>
    public static ulong Shown(in InodeAttributes attributes) => attributes.ShownIno != 0 ? attributes.ShownIno : attributes.Ino;

    private static FuseStatxTime ToStatx(Timestamp time) => new(time.Seconds, time.Nanoseconds);

    public static FuseEntry Entry(in InodeAttributes attributes, FuseDoorOptions options) => new()
    {
        NodeId = attributes.Ino,
        Generation = attributes.Generation,
        Attributes = Encode(options.Shown(attributes)),
        EntryTimeout = attributes.IsMomentary ? TimeSpan.Zero : options.EntryTime ?? options.CacheTime,
        AttributesTimeout = options.Believed(attributes),
    };

    public static AttributeChanges Decode(in SetAttributesArguments arguments)
    {
        SetAttributesFields valid = arguments.Valid;
        var mask = AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.Mode) ? AttributeMask.Mode : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.Uid) ? AttributeMask.Uid : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.Gid) ? AttributeMask.Gid : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.Size) ? AttributeMask.Size : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.AccessTimeNow) ? AttributeMask.AccessTimeNow
            : valid.HasFlag(SetAttributesFields.AccessTime) ? AttributeMask.AccessTime : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.ModifyTimeNow) ? AttributeMask.ModifyTimeNow
            : valid.HasFlag(SetAttributesFields.ModifyTime) ? AttributeMask.ModifyTime : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.ChangeTime) ? AttributeMask.ChangeTime : AttributeMask.None;
        mask |= valid.HasFlag(SetAttributesFields.KillSuidGid) ? AttributeMask.KillPrivileges : AttributeMask.None;

        // A change of nothing is what the kernel leaves of chown(2) with −1 for both owner and group: only the privileges go (Linux 6.18, fuse_setattr()).
        mask = mask == AttributeMask.None ? AttributeMask.KillPrivileges : mask;
        return new AttributeChanges
        {
            Mask = mask,
            Mode = arguments.Mode,
            Uid = arguments.Uid,
            Gid = arguments.Gid,
            Size = arguments.Size,
            AccessTime = new Timestamp(arguments.AccessSeconds, arguments.AccessNanoseconds),
            ModifyTime = new Timestamp(arguments.ModifySeconds, arguments.ModifyNanoseconds),
            ChangeTime = new Timestamp(arguments.ChangeSeconds, arguments.ChangeNanoseconds),
            Handle = valid.HasFlag(SetAttributesFields.Handle) ? arguments.Handle : 0,
        };
    }
}
