namespace Tessera.Host.Copying;

/// <summary>What the parts of one copy share.</summary>
/// <param name="Tally">What was done and what could not be.</param>
/// <param name="Progress">Who is told.</param>
/// <param name="Replaces">Files that are there and differ are replaced.</param>
/// <param name="Cancellation">Ends it between two chunks; the same copy can be begun again.</param>
internal sealed record CopyJob(CopyTally Tally, CopyProgress Progress, bool Replaces, CancellationToken Cancellation);
