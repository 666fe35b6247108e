namespace Tessera.Container.Checking;

/// <summary>How a container is checked.</summary>
public sealed record CheckOptions
{
    /// <summary>Tells the blocks the engine's entries own; null: the map holds none.</summary>
    public BlockOwner? Blocks { get; init; }

    /// <summary>Reads and authenticates every block; without it only their places are checked.</summary>
    public bool ReadBlocks { get; init; } = true;

    /// <summary>Of a container with parity: reads all slots of each block, parity too, and compares them. With <see cref="ReadBlocks"/> it does anyway.</summary>
    public bool ReadStripes { get; init; }

    /// <summary>Findings kept; further ones are only counted.</summary>
    public int MaxFindings { get; init; } = 10_000;

    /// <summary>Told now and then, on the caller's thread.</summary>
    public Action<CheckProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }
}
