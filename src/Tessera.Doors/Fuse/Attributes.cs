using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>Attributes between the engine's words and the kernel's. Pure.</summary>
internal static class Attributes
{
    private const uint BlockSize = 4096;

    public static FuseAttributes Encode(in InodeAttributes attributes) => new()
    {
        Ino = attributes.Ino,
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

    public static FuseEntry Entry(in InodeAttributes attributes, TimeSpan cacheTime) => new()
    {
        NodeId = attributes.Ino,
        Generation = attributes.Generation,
        Attributes = Encode(attributes),
        EntryTimeout = cacheTime,
        AttributesTimeout = cacheTime,
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
