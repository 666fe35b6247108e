using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_in_header</c>: the 40 bytes in front of every request.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
internal readonly struct InHeader
{
    public uint Length { get; init; }

    public FuseOpcode Opcode { get; init; }

    public ulong Unique { get; init; }

    public ulong NodeId { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Pid { get; init; }

    /// <summary>Length of the extensions at the request's end, in units of 8 bytes (7.38; zero before).</summary>
    public ushort ExtensionUnits { get; init; }
}
