using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>Attributes of an inode on the wire (docs/protocol.md, "Attributes"). Pure.</summary>
internal static class AttributesCodec
{
    public const int Size = 120;

    /// <summary>Of <see cref="AttributeChanges"/>.</summary>
    public const int ChangesSize = 72;

    public static void Write(ref WireWriter writer, in InodeAttributes attributes)
    {
        writer.UInt64(attributes.Ino);
        writer.UInt64(attributes.ShownIno);
        writer.UInt64(attributes.Generation);
        writer.UInt64(attributes.Size);
        writer.UInt64(attributes.Blocks);
        writer.UInt64(attributes.Change);
        writer.UInt32(attributes.Mode);
        writer.UInt32(attributes.LinkCount);
        writer.UInt32((uint)attributes.Flags);
        writer.UInt32(attributes.Uid);
        writer.UInt32(attributes.Gid);
        writer.UInt32(attributes.Rdev);
        writer.Time(attributes.AccessTime);
        writer.Time(attributes.ModifyTime);
        writer.Time(attributes.ChangeTime);
        writer.Time(attributes.BirthTime);
    }

    public static InodeAttributes Read(ref WireReader reader) => new()
    {
        Ino = reader.UInt64(),
        ShownIno = reader.UInt64(),
        Generation = reader.UInt64(),
        Size = reader.UInt64(),
        Blocks = reader.UInt64(),
        Change = reader.UInt64(),
        Mode = reader.UInt32(),
        LinkCount = reader.UInt32(),
        Flags = (InodeFlags)reader.UInt32(),
        Uid = reader.UInt32(),
        Gid = reader.UInt32(),
        Rdev = reader.UInt32(),
        AccessTime = reader.Time(),
        ModifyTime = reader.Time(),
        ChangeTime = reader.Time(),
        BirthTime = reader.Time(),
    };

    public static void Write(ref WireWriter writer, in AttributeChanges changes)
    {
        writer.UInt32((uint)changes.Mask);
        writer.UInt32(changes.Mode);
        writer.UInt32(changes.Uid);
        writer.UInt32(changes.Gid);
        writer.UInt64(changes.Size);
        writer.UInt32((uint)changes.Flags);
        writer.Time(changes.AccessTime);
        writer.Time(changes.ModifyTime);
        writer.Time(changes.ChangeTime);
        writer.UInt64(changes.Handle);
    }

    public static AttributeChanges ReadChanges(ref WireReader reader) => new()
    {
        Mask = (AttributeMask)reader.UInt32(),
        Mode = reader.UInt32(),
        Uid = reader.UInt32(),
        Gid = reader.UInt32(),
        Size = reader.UInt64(),
        Flags = (InodeFlags)reader.UInt32(),
        AccessTime = reader.Time(),
        ModifyTime = reader.Time(),
        ChangeTime = reader.Time(),
        Handle = reader.UInt64(),
    };
}
