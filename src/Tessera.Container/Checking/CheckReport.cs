namespace Tessera.Container.Checking;

/// <summary>What a check found.</summary>
public sealed record CheckReport
{
    /// <summary>Generation of the root that was checked; 0 when none could be.</summary>
    public required ulong Generation { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Findings beyond <see cref="CheckOptions.MaxFindings"/>, counted only.</summary>
    public required long MoreFindings { get; init; }

    public required long Nodes { get; init; }

    /// <summary>Entries of the engine, those still in the log included.</summary>
    public required long Entries { get; init; }

    public required long Blocks { get; init; }

    public required long UsedSlots { get; init; }

    public bool IsClean => Findings.Count == 0;

    /// <summary>Something cannot be read any more.</summary>
    public bool IsDataLost { get; init; }
}
