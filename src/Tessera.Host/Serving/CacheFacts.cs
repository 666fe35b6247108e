using Tessera.Container.Tree;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>What the engine keeps in memory.</summary>
/// <param name="DirtyBytes">Written, not yet stored.</param>
/// <param name="DirtyPeakBytes">The most it ever was.</param>
/// <param name="DirtyLimitBytes">Its bound: writers wait at it.</param>
/// <param name="Inodes">Inodes in memory.</param>
/// <param name="InodesKnownToKernel">Inodes the kernel holds references to.</param>
/// <param name="DirtyInodes">Inodes with something to store.</param>
/// <param name="OpenFiles">Open files and directories.</param>
/// <param name="Orphans">Deleted, and not yet collected or still open.</param>
/// <param name="NodeBytes">Nodes of the store's tree in memory.</param>
/// <param name="NodeLimitBytes">Their bound.</param>
/// <param name="NodeHits">Nodes found there.</param>
/// <param name="NodeMisses">Nodes that had to be read.</param>
internal sealed record CacheFacts(
    long DirtyBytes,
    long DirtyPeakBytes,
    long DirtyLimitBytes,
    int Inodes,
    int InodesKnownToKernel,
    int DirtyInodes,
    int OpenFiles,
    int Orphans,
    long NodeBytes,
    long NodeLimitBytes,
    long NodeHits,
    long NodeMisses)
{
    public static CacheFacts Of(VolumeCounters volume, int knownToKernel, NodeCache nodes) => new(
        volume.DirtyBytes,
        volume.PeakDirtyBytes,
        volume.DirtyLimit,
        volume.CachedInodes,
        knownToKernel,
        volume.DirtyInodes,
        volume.OpenHandles,
        volume.Orphans,
        nodes.Bytes,
        nodes.CapacityBytes,
        nodes.Hits,
        nodes.Misses);
}
