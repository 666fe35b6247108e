using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_file_lock</c>: a byte range, both ends included, and the <c>F_RDLCK</c>/<c>F_WRLCK</c>/<c>F_UNLCK</c> held on it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly record struct FuseFileLock(ulong Start, ulong End, LockType Type, uint Pid);
