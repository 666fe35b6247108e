namespace Tessera.Container.Checking;

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Severity">What it means.</param>
/// <param name="What">One sentence for people; never contents or keys of a cipher.</param>
/// <param name="Address">Where: group in the upper, slot in the lower 32 bits; null when it has no place.</param>
/// <param name="Key">The map's key it belongs to, or the first key of the range that is affected, in hexadecimal; null when there is none.</param>
public sealed record Finding(FindingKind Kind, FindingSeverity Severity, string What, ulong? Address = null, string? Key = null);
