using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_open_in</c>. <c>Flags</c> are those of open(2) without O_CREAT, O_EXCL and O_NOCTTY.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
public readonly record struct OpenArguments(uint Flags, OpenInFlags OpenFlags);
