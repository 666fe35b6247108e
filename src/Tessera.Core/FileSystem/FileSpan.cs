namespace Tessera.Core.FileSystem;

/// <summary>A place in a file: the inode, the handle it is reached through (0: none), the offset in bytes.</summary>
public readonly record struct FileSpan(ulong Ino, ulong Handle, ulong Offset);

/// <summary>A name in a directory.</summary>
public readonly record struct DirectoryEntry(ulong Parent, ReadOnlyMemory<byte> Name);
