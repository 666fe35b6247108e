namespace Tessera.Core.FileSystem;

/// <summary>The limits of every file system behind a door.</summary>
public static class FsLimits
{
    /// <summary>The root directory's inode number (FUSE_ROOT_ID).</summary>
    public const ulong RootInode = 1;

    /// <summary>Longest name of a directory entry, bytes (NAME_MAX).</summary>
    public const int MaxName = 255;

    /// <summary>Longest target of a symbolic link, bytes (PATH_MAX less the terminating NUL).</summary>
    public const int MaxSymlink = 4095;

    /// <summary>Longest name of an extended attribute, bytes (XATTR_NAME_MAX).</summary>
    public const int MaxXattrName = 255;

    /// <summary>Longest value of an extended attribute, bytes (XATTR_SIZE_MAX).</summary>
    public const int MaxXattrValue = 65536;

    /// <summary>Longest list of extended attribute names of one inode, bytes (XATTR_LIST_MAX).</summary>
    public const int MaxXattrList = 65536;

    /// <summary>Largest file, bytes: the largest offset of Linux, 2^63 - 1.</summary>
    public const ulong MaxFileSize = long.MaxValue;

    /// <summary>Most links of one inode.</summary>
    public const uint MaxLinks = 65000;
}
