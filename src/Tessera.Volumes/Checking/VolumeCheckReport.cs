namespace Tessera.Volumes.Checking;

/// <summary>What a check of a volume found, and how much it looked at.</summary>
public sealed record VolumeCheckReport
{
    /// <summary>In the order of severity, the worst first, then as they were found.</summary>
    public required IReadOnlyList<VolumeFinding> Findings { get; init; }

    /// <summary>Findings beyond <see cref="VolumeCheckOptions.MaxFindings"/>, only counted.</summary>
    public required long MoreFindings { get; init; }

    public required long Keys { get; init; }

    public required long Inodes { get; init; }

    public required long Entries { get; init; }

    public required long Extents { get; init; }

    /// <summary>Blocks that extents lie in.</summary>
    public required long Blocks { get; init; }

    /// <summary>Bytes of blocks read and authenticated.</summary>
    public required long BlockBytesRead { get; init; }

    /// <summary>Something cannot be reached any more.</summary>
    public required bool IsDataLost { get; init; }

    public bool IsClean => Findings.Count == 0 && MoreFindings == 0;
}
