namespace Tessera.Host.Serving;

/// <summary>What parity made good in a volume that has it, since the mount began.</summary>
/// <param name="Rebuilt">Readings of stripes of which slots had to be made anew.</param>
/// <param name="Mended">Slots that were written anew.</param>
internal sealed record ParityFacts(long Rebuilt, long Mended);
