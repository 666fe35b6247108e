namespace Tessera.Host.Serving;

/// <summary>Noise that a scattered volume wrote to free slots beside what was real, since the mount began.</summary>
/// <param name="Written">Slots of it, 4096 bytes each.</param>
/// <param name="Skipped">Slots that were left out because little was free.</param>
internal sealed record DecoyFacts(long Written, long Skipped);
