using Tessera.Container.Checking;

namespace Tessera.Container.Scrubbing;

/// <summary>How a container is scrubbed.</summary>
public sealed record ScrubOptions
{
    /// <summary>Read so fast at most unless told otherwise, bytes a second: a tenth of what a fast disk reads.</summary>
    public const long DefaultBytesPerSecond = 64L << 20;

    /// <summary>Tells the blocks the engine's entries refer to, whichever others do too: a block is read once in a segment, and its damage told of each.</summary>
    public required BlockOwner Blocks { get; init; }

    /// <summary>Bytes read in a second at most; 0: no bound.</summary>
    public long BytesPerSecond { get; init; } = DefaultBytesPerSecond;

    /// <summary>Findings kept; further ones are only counted.</summary>
    public int MaxFindings { get; init; } = 1000;

    /// <summary>Bytes read, both copies counted, before the root that is walked is let go and the newest one taken: what a scrub keeps from being
    /// reused is bounded by what is written meanwhile.</summary>
    public long SegmentBytes { get; init; } = 1L << 30;

    /// <summary>Told about once a second, on the thread that scrubs; what it throws ends the scrub.</summary>
    public Action<ScrubProgress>? Progress { get; init; }

    /// <summary>Ends the scrub; what it found so far is reported.</summary>
    public CancellationToken Cancellation { get; init; }
}
