using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_dirent</c> without its name, which follows and is padded to 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal readonly record struct DirectoryEntryHeader(ulong Ino, ulong NextOffset, uint NameLength, uint Type);
