namespace Tessera.Core.FileSystem;

/// <summary>The bits of <c>st_mode</c> (inode(7)).</summary>
public static class ModeBits
{
    public const uint TypeMask = 0xF000;
    public const uint Fifo = 0x1000;
    public const uint CharacterDevice = 0x2000;
    public const uint Directory = 0x4000;
    public const uint BlockDevice = 0x6000;
    public const uint Regular = 0x8000;
    public const uint Symlink = 0xA000;
    public const uint Socket = 0xC000;

    public const uint SetUid = 0x800;
    public const uint SetGid = 0x400;
    public const uint Sticky = 0x200;
    public const uint PermissionMask = 0xFFF;
    public const uint GroupExecute = 0x8;
    public const uint GroupRights = 0x38;

    /// <summary>Read, write and execute of all three classes: what a umask may take.</summary>
    public const uint RightsMask = 0x1FF;

    public static bool IsDirectory(uint mode) => (mode & TypeMask) == Directory;

    public static bool IsRegular(uint mode) => (mode & TypeMask) == Regular;

    public static bool IsSymlink(uint mode) => (mode & TypeMask) == Symlink;
}
