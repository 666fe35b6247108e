namespace Tessera.Core.FileSystem;

/// <summary>The flags of an inode that chattr(1) sets, with Linux's values (FS_*_FL of linux/fs.h).</summary>
[Flags]
public enum InodeFlags : uint
{
    None = 0,

    /// <summary>Nobody changes, links, renames or removes it; in a directory nobody changes an entry.</summary>
    Immutable = 0x10,

    /// <summary>It is opened for writing only to append; in a directory entries may be made, and not removed or renamed.</summary>
    AppendOnly = 0x20,

    /// <summary>dump(8) leaves it out. Only kept.</summary>
    NoDump = 0x40,

    /// <summary>Reading leaves the access time alone.</summary>
    NoAccessTime = 0x80,
}
