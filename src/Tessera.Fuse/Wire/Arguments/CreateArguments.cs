using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_create_in</c>: create and open in one. <c>Flags</c> are those of open(2).</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct CreateArguments(uint Flags, uint Mode, uint Umask, OpenInFlags OpenFlags);
