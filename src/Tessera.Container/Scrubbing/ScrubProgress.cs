namespace Tessera.Container.Scrubbing;

/// <summary>How far a scrub is.</summary>
/// <param name="Bytes">Bytes read.</param>
/// <param name="ExpectedBytes">Bytes in use when it began.</param>
/// <param name="Findings">Damaged places so far.</param>
public readonly record struct ScrubProgress(long Bytes, long ExpectedBytes, long Findings);
