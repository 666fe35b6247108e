using Tessera.Core;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>What the engine keeps in memory.</summary>
internal sealed record CacheFacts
{
    /// <summary>Written, not yet stored.</summary>
    public required long DirtyBytes { get; init; }

    /// <summary>The most it ever was.</summary>
    public required long DirtyPeakBytes { get; init; }

    /// <summary>Its bound: writers wait at it.</summary>
    public required long DirtyLimitBytes { get; init; }

    /// <summary>Inodes with something to store.</summary>
    public required int DirtyInodes { get; init; }

    /// <summary>Inodes in memory.</summary>
    public required int Inodes { get; init; }

    /// <summary>Inodes the kernel holds references to.</summary>
    public required int InodesKnownToKernel { get; init; }

    /// <summary>Memory that the references take.</summary>
    public required long InodesKnownToKernelBytes { get; init; }

    /// <summary>Open files and directories.</summary>
    public required int OpenFiles { get; init; }

    /// <summary>Deleted, and not yet collected or still open.</summary>
    public required int Orphans { get; init; }

    /// <summary>Contents of blocks lately read, bytes.</summary>
    public required CacheCounters Blocks { get; init; }

    /// <summary>Nodes of the store's tree, bytes.</summary>
    public required CacheCounters Nodes { get; init; }

    /// <summary>Names in directories, found and not found, entries.</summary>
    public required CacheCounters Names { get; init; }

    /// <summary>Records of inodes, entries.</summary>
    public required CacheCounters InodeRecords { get; init; }

    public static CacheFacts Of(VolumeCounters volume, VolumeCaches caches, CacheCounters nodes, (int Inodes, long Bytes) knownToKernel) => new()
    {
        DirtyBytes = volume.DirtyBytes,
        DirtyPeakBytes = volume.PeakDirtyBytes,
        DirtyLimitBytes = volume.DirtyLimit,
        DirtyInodes = volume.DirtyInodes,
        Inodes = volume.CachedInodes,
        InodesKnownToKernel = knownToKernel.Inodes,
        InodesKnownToKernelBytes = knownToKernel.Bytes,
        OpenFiles = volume.OpenHandles,
        Orphans = volume.Orphans,
        Blocks = caches.Blocks,
        Nodes = nodes,
        Names = caches.Names,
        InodeRecords = caches.Inodes,
    };
}
