using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_statx_in</c>: <c>StatxMask</c> says which fields the caller wants.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly struct StatxArguments
{
    internal uint GetAttributesFlags { get; init; }

    internal uint Reserved { get; init; }

    public ulong Handle { get; init; }

    public uint StatxFlags { get; init; }

    public uint StatxMask { get; init; }

    public bool HasHandle => (GetAttributesFlags & 1) != 0;
}
