using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_init_in</c>: 16 bytes before 7.36, then 64 with <c>flags2</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal readonly struct InitIn
{
    /// <summary>What every kernel sends; the rest reads as zero when absent.</summary>
    public const int CompatibleSize = 16;

    public uint Major { get; init; }

    public uint Minor { get; init; }

    public uint MaxReadahead { get; init; }

    public uint Flags { get; init; }

    public uint Flags2 { get; init; }

    public FuseFeatures Features =>
        (FuseFeatures)(Flags | (((FuseFeatures)Flags).HasFlag(FuseFeatures.InitExtended) ? (ulong)Flags2 << 32 : 0));
}
