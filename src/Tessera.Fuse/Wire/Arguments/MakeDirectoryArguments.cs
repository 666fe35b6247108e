using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_mkdir_in</c>. <c>Mode</c> carries permissions only.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
public readonly record struct MakeDirectoryArguments(uint Mode, uint Umask);
