namespace Tessera.Container.Scrubbing;

/// <summary>What a scrub read, found and healed.</summary>
public sealed record ScrubReport
{
    public required IReadOnlyList<ScrubFinding> Findings { get; init; }

    /// <summary>Findings beyond <see cref="ScrubOptions.MaxFindings"/>, only counted.</summary>
    public required long MoreFindings { get; init; }

    /// <summary>Everything was read; false when it was ended before.</summary>
    public required bool IsComplete { get; init; }

    public required long Bytes { get; init; }

    public required long ExpectedBytes { get; init; }

    public required long Nodes { get; init; }

    public required long Blocks { get; init; }

    /// <summary>Slots that were damaged or lost and were written anew out of the others of their stripes.</summary>
    public long MendedSlots { get; init; }

    /// <summary>Nothing is damaged any more, as far as was read.</summary>
    public bool IsClean => MoreFindings == 0 && Findings.All(finding => finding.Healed);
}
