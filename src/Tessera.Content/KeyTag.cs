namespace Tessera.Content;

/// <summary>The first byte of every key the engine keeps in its store (docs/format/volume.md). Numbers that follow it in a key are
/// big-endian, so that memcmp orders them.</summary>
public enum KeyTag : byte
{
    /// <summary>The volume's own record: format, counters. One key of this byte alone.</summary>
    Volume = 0x01,

    /// <summary>+ ino u64: the inode's attributes. All together, so that a listing reads few leaves.</summary>
    Inode = 0x10,

    /// <summary>+ parent u64 + position u64 + name: child ino and type.</summary>
    Entry = 0x20,

    /// <summary>+ ino u64 + end offset u64 (exclusive), so that one forward scan from an offset finds the extent that covers it.</summary>
    Extent = 0x30,

    /// <summary>+ block address u64: the block's live bytes. Absent while all of the block is live.</summary>
    Block = 0x40,

    /// <summary>+ ino u64 + name + 0x00 + chunk u8: a piece of an extended attribute's value.</summary>
    Xattr = 0x50,

    /// <summary>+ ino u64: a symbolic link's target.</summary>
    Symlink = 0x60,

    /// <summary>+ ino u64: an inode without links.</summary>
    Orphan = 0x70,

    /// <summary>+ ino u64: a file that was cut short, and extents behind its length are still to be deleted.</summary>
    Truncation = 0x74,

    /// <summary>+ ino u64: a file with small extents kept in the map that are to be packed into blocks.</summary>
    Unsettled = 0x78,

    /// <summary>The head of the access log: one key of this byte alone. + segment u64 + chunk u8: a piece of a segment of it.</summary>
    AccessLog = 0x80,
}
