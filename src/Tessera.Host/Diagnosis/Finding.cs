namespace Tessera.Host.Diagnosis;

/// <summary>What one check of the doctor found.</summary>
/// <param name="Check">What was looked at, a word or two.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Says">The finding as a sentence or a version.</param>
/// <param name="Fix">The command that mends it; null when there is nothing to mend or no command can.</param>
internal sealed record Finding(string Check, FindingLevel Level, string Says, string? Fix = null);
