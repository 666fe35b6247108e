using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_release_in</c>: the last descriptor of this open file is gone.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly record struct ReleaseArguments(ulong Handle, uint Flags, ReleaseFlags ReleaseFlags, ulong LockOwner);
