using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_init_out</c>, 64 bytes since 7.23.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal readonly struct InitOut
{
    public uint Major { get; init; }

    public uint Minor { get; init; }

    public uint MaxReadahead { get; init; }

    public uint Flags { get; init; }

    public ushort MaxBackground { get; init; }

    public ushort CongestionThreshold { get; init; }

    public uint MaxWrite { get; init; }

    public uint TimeGranularity { get; init; }

    public ushort MaxPages { get; init; }

    public ushort MapAlignment { get; init; }

    public uint Flags2 { get; init; }

    public uint MaxStackDepth { get; init; }

    public ushort RequestTimeoutSeconds { get; init; }
}
