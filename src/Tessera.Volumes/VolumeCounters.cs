namespace Tessera.Volumes;

/// <summary>A volume's figures at a moment.</summary>
/// <param name="DirtyBytes">Memory that holds written, not yet stored bytes.</param>
/// <param name="PeakDirtyBytes">The most it ever was.</param>
/// <param name="DirtyLimit">Its bound.</param>
/// <param name="CachedInodes">Inodes in memory.</param>
/// <param name="OpenHandles">Open files and directories.</param>
/// <param name="DirtyInodes">Inodes with something to write back.</param>
/// <param name="Orphans">Inodes without links that are not deleted yet.</param>
/// <param name="UnsettledBytes">Small extents of larger files kept in the map until they are packed into blocks.</param>
/// <param name="MovedBytes">Contents that the reshuffle has put elsewhere.</param>
public readonly record struct VolumeCounters(
    long DirtyBytes,
    long PeakDirtyBytes,
    long DirtyLimit,
    int CachedInodes,
    int OpenHandles,
    int DirtyInodes,
    int Orphans,
    long UnsettledBytes,
    long MovedBytes);
