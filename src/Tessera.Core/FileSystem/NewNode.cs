namespace Tessera.Core.FileSystem;

/// <summary>What mknod(2), mkdir(2) and symlink(2) make.</summary>
/// <param name="Mode">Type and permission bits; <see cref="Caller.Umask"/> is still to be taken from them.</param>
/// <param name="Rdev">Device number for device nodes.</param>
/// <param name="Target">Target of a symbolic link, 1–<see cref="FsLimits.MaxSymlink"/> bytes.</param>
public readonly record struct NewNode(uint Mode, uint Rdev, ReadOnlyMemory<byte> Target);

/// <summary>A file just created and opened: its attributes and the handle.</summary>
public readonly record struct OpenedFile(InodeAttributes Attributes, ulong Handle);

/// <summary>What statfs(2) tells: in blocks of <see cref="BlockSize"/> bytes and inodes.</summary>
public readonly record struct FileSystemStatistics(uint BlockSize, ulong Blocks, ulong FreeBlocks, ulong AvailableBlocks, ulong Files, ulong FreeFiles);
