using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_copy_file_range_in</c>: from the request's node to <see cref="DestinationNodeId"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public readonly struct CopyFileRangeArguments
{
    public ulong SourceHandle { get; init; }

    public ulong SourceOffset { get; init; }

    public ulong DestinationNodeId { get; init; }

    public ulong DestinationHandle { get; init; }

    public ulong DestinationOffset { get; init; }

    public ulong Length { get; init; }

    public ulong Flags { get; init; }
}
