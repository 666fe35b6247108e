using Tessera.Content;

namespace Tessera.Volumes;

/// <summary>How a volume is opened.</summary>
public sealed record VolumeOptions
{
    /// <summary>A tenth more is written, and after ten times its size the volume lies elsewhere.</summary>
    public const int DefaultReshuffle = 10;

    public const int MostReshuffle = 100;

    /// <summary>Changes are refused with <see cref="Core.FileSystem.FsError.ReadOnly"/>, as they are once a fault has turned the store read-only.</summary>
    public bool ReadOnly { get; init; }

    public AccessTimePolicy AccessTimes { get; init; } = AccessTimePolicy.Relative;

    /// <summary>Bound on written, not yet stored bytes over all files.</summary>
    public long DirtyBytes { get; init; } = ContentLimits.DefaultDirtyBytes;

    /// <summary>Bound on block contents kept for readers.</summary>
    public long BlockCacheBytes { get; init; } = ContentLimits.DefaultBlockCacheBytes;

    public int CachedInodes { get; init; } = VolumeLimits.CachedInodes;

    public int CachedNames { get; init; } = VolumeLimits.CachedNames;

    /// <summary>Writes old dirty data in the background by a timer. Simulations turn it off and call <see cref="Volume.WriteBackAsync"/>.</summary>
    public bool BackgroundWriteBack { get; init; } = true;

    /// <summary>Collects orphans, packs, and writes full segments on threads of the pool. Simulations turn it off, so that a seed decides everything, and
    /// call <see cref="Volume.CollectOrphansAsync"/>, <see cref="Volume.PackAsync"/> and <see cref="Volume.WriteBackAsync"/>.</summary>
    public bool BackgroundWorkers { get; init; } = true;

    /// <summary>For each hundred bytes that are written so many that nobody writes are moved to other places, 0 to 100 (docs/format/scattered.md, Reshuffle).</summary>
    public int ReshufflePercent { get; init; }
}
