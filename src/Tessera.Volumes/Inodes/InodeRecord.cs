using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Inodes;

/// <summary>An inode as the store keeps it: 128 bytes, little-endian (docs/format/volume.md, Inodes). What batches add to or raise is 64
/// bits wide and aligned.</summary>
internal struct InodeRecord
{
    public const int Size = 128;
    public const int LinksOffset = 24;
    public const int SizeOffset = 32;
    public const int ModifyOffset = 56;
    public const int ChangeTimeOffset = 64;
    public const int ChangeOffset = 80;
    public const int BlockBytesOffset = 104;
    private const byte Format = 1;

    public InodeMarks Marks;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public uint Rdev;
    public InodeFlags Flags;
    public long Links;

    /// <summary>Bytes of a file or symlink target; entries of a directory.</summary>
    public long Length;

    /// <summary>Live bytes of the extents.</summary>
    public long LiveBytes;
    public long AccessNs;
    public long ModifyNs;
    public long ChangeNs;
    public long BirthNs;
    public ulong Change;
    public ulong Generation;

    /// <summary>A directory's parent; 0 for other types, which may have many.</summary>
    public ulong Parent;

    /// <summary>Bytes of the file's blocks, dead parts included.</summary>
    public long BlockBytes;

    /// <summary>Bytes of inline extents, each counted with its overhead.</summary>
    public long InlineBytes;

    public readonly bool IsDirectory => ModeBits.IsDirectory(Mode);

    public readonly bool IsRegular => ModeBits.IsRegular(Mode);

    public readonly void Encode(Span<byte> value)
    {
        value[..Size].Clear();
        value[0] = Format;
        value[1] = (byte)Marks;
        BinaryPrimitives.WriteUInt32LittleEndian(value[4..], Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(value[8..], Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(value[12..], Gid);
        BinaryPrimitives.WriteUInt32LittleEndian(value[16..], Rdev);
        BinaryPrimitives.WriteUInt32LittleEndian(value[20..], (uint)Flags);
        BinaryPrimitives.WriteInt64LittleEndian(value[LinksOffset..], Links);
        BinaryPrimitives.WriteInt64LittleEndian(value[SizeOffset..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(value[40..], LiveBytes);
        BinaryPrimitives.WriteInt64LittleEndian(value[48..], AccessNs);
        BinaryPrimitives.WriteInt64LittleEndian(value[ModifyOffset..], ModifyNs);
        BinaryPrimitives.WriteInt64LittleEndian(value[ChangeTimeOffset..], ChangeNs);
        BinaryPrimitives.WriteInt64LittleEndian(value[72..], BirthNs);
        BinaryPrimitives.WriteUInt64LittleEndian(value[ChangeOffset..], Change);
        BinaryPrimitives.WriteUInt64LittleEndian(value[88..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(value[96..], Parent);
        BinaryPrimitives.WriteInt64LittleEndian(value[BlockBytesOffset..], BlockBytes);
        BinaryPrimitives.WriteInt64LittleEndian(value[112..], InlineBytes);
    }

    /// <exception cref="StoreDamageException">The value is not an inode of this format.</exception>
    public static InodeRecord Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length != Size || value[0] != Format)
        {
            throw new StoreDamageException("An inode's record is malformed or of a newer format.");
        }

        return new InodeRecord
        {
            Marks = (InodeMarks)value[1],
            Mode = BinaryPrimitives.ReadUInt32LittleEndian(value[4..]),
            Uid = BinaryPrimitives.ReadUInt32LittleEndian(value[8..]),
            Gid = BinaryPrimitives.ReadUInt32LittleEndian(value[12..]),
            Rdev = BinaryPrimitives.ReadUInt32LittleEndian(value[16..]),
            Flags = (InodeFlags)BinaryPrimitives.ReadUInt32LittleEndian(value[20..]),
            Links = BinaryPrimitives.ReadInt64LittleEndian(value[LinksOffset..]),
            Length = BinaryPrimitives.ReadInt64LittleEndian(value[SizeOffset..]),
            LiveBytes = BinaryPrimitives.ReadInt64LittleEndian(value[40..]),
            AccessNs = BinaryPrimitives.ReadInt64LittleEndian(value[48..]),
            ModifyNs = BinaryPrimitives.ReadInt64LittleEndian(value[ModifyOffset..]),
            ChangeNs = BinaryPrimitives.ReadInt64LittleEndian(value[ChangeTimeOffset..]),
            BirthNs = BinaryPrimitives.ReadInt64LittleEndian(value[72..]),
            Change = BinaryPrimitives.ReadUInt64LittleEndian(value[ChangeOffset..]),
            Generation = BinaryPrimitives.ReadUInt64LittleEndian(value[88..]),
            Parent = BinaryPrimitives.ReadUInt64LittleEndian(value[96..]),
            BlockBytes = BinaryPrimitives.ReadInt64LittleEndian(value[BlockBytesOffset..]),
            InlineBytes = BinaryPrimitives.ReadInt64LittleEndian(value[112..]),
        };
    }

    /// <summary>The attributes as statx(2) tells them; <paramref name="dirtyBytes"/> are allocated too, only not yet stored.</summary>
    public readonly InodeAttributes ToAttributes(ulong ino, long dirtyBytes) => new()
    {
        Ino = ino,
        Generation = Generation,
        Mode = Mode,
        Flags = Flags,
        LinkCount = (uint)Links,
        Uid = Uid,
        Gid = Gid,
        Rdev = Rdev,
        Size = (ulong)Length,
        Blocks = (ulong)(LiveBytes + dirtyBytes + 511) / 512,
        AccessTime = Nanoseconds.ToTimestamp(AccessNs),
        ModifyTime = Nanoseconds.ToTimestamp(ModifyNs),
        ChangeTime = Nanoseconds.ToTimestamp(ChangeNs),
        BirthTime = Nanoseconds.ToTimestamp(BirthNs),
        Change = Change,
    };
}
