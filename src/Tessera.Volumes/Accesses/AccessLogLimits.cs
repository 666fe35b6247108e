using Tessera.Core.Stores;

namespace Tessera.Volumes.Accesses;

/// <summary>The limits of an access log (docs/format/volume.md, "Access log").</summary>
public static class AccessLogLimits
{
    /// <summary>Piece of a segment in one key, bytes: three fit a leaf of the tree.</summary>
    public const int Chunk = 4096;

    /// <summary>Pieces of a segment.</summary>
    public const int MaxChunks = 16;

    /// <summary>Longest segment with its header, bytes: what one batch adds, a quarter of <see cref="StoreLimits.MaxBatch"/>.</summary>
    public const int MaxSegment = Chunk * MaxChunks;

    /// <summary>Longest line of a record with its end, bytes: so that one always fits a segment.</summary>
    public const int MaxLine = 48 << 10;

    /// <summary>What a segment is charged with besides its bytes: its keys, its place in the tree, both copies of it apart.</summary>
    public const int SegmentOverhead = 128;

    /// <summary>Bytes kept when nothing else is asked for: some 300,000 records.</summary>
    public const long DefaultBytes = 64L << 20;

    /// <summary>Least that may be asked for: the newest segments must not push each other out.</summary>
    public const long MinBytes = 1L << 20;

    /// <summary>Most that may be asked for: reading and verifying it takes minutes.</summary>
    public const long MaxBytes = 4L << 30;

    /// <summary>Segments that one batch drops: when the limit was lowered, later batches drop the rest.</summary>
    public const int MaxDrops = 64;
}
