namespace Tessera.Volumes.Checking;

/// <summary>How a volume is checked.</summary>
public sealed record VolumeCheckOptions
{
    /// <summary>Findings kept unless told otherwise; each costs about 500 bytes.</summary>
    public const int DefaultMaxFindings = 10_000;

    /// <summary>Reads every byte of every block through the store, which authenticates it.</summary>
    public bool ReadBlocks { get; init; }

    /// <summary>Findings kept; further ones are only counted.</summary>
    public int MaxFindings { get; init; } = DefaultMaxFindings;

    /// <summary>Told after each page of keys, on the checking thread.</summary>
    public Action<VolumeCheckProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }
}
