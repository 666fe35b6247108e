using Tessera.Container.Checking;
using Tessera.Core.Stores;

namespace Tessera.Container.Repairing;

/// <summary>What a repair of a container found, and what it had to leave behind.</summary>
public sealed record SalvageReport
{
    /// <summary>Generation of the root that was repaired.</summary>
    public required ulong Generation { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Findings beyond the limit, counted only.</summary>
    public required long MoreFindings { get; init; }

    /// <summary>Keys below nodes of which no copy was left: what stood there is gone.</summary>
    public required IReadOnlyList<KeyRange> Lost { get; init; }

    /// <summary>The last commit that is there.</summary>
    public required ulong LastSequence { get; init; }

    /// <summary>Commits behind a hole of the log that are gone, at least; 0 when the log was whole.</summary>
    public required ulong LostCommits { get; init; }

    /// <summary>A newer root was there and could not be used: its generation; 0 when there was none.</summary>
    public required ulong UnusableGeneration { get; init; }
}
