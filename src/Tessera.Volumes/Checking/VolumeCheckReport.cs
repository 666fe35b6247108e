namespace Tessera.Volumes.Checking;

/// <summary>What a check of a volume found, and how much it looked at.</summary>
public sealed record VolumeCheckReport
{
    public required IReadOnlyList<VolumeFinding> Findings { get; init; }

    /// <summary>Findings beyond <see cref="VolumeChecker.MaxFindings"/>, only counted.</summary>
    public required long MoreFindings { get; init; }

    public required long Inodes { get; init; }

    public required long Entries { get; init; }

    public required long Extents { get; init; }

    public bool IsClean => Findings.Count == 0;
}
