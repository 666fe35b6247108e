using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_getattr_in</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly struct GetAttributesArguments
{
    internal uint Flags { get; init; }

    /// <summary>Meaningful when <see cref="HasHandle"/>.</summary>
    public ulong Handle { get; init; }

    /// <summary><c>FUSE_GETATTR_FH</c>.</summary>
    public bool HasHandle => (Flags & 1) != 0;
}
