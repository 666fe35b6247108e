namespace Tessera.Host.Serving;

/// <summary>The access log of a mounted volume.</summary>
/// <param name="Records">Number of the newest record written.</param>
/// <param name="Lost">Records that found no room since, and that the log does not tell of yet.</param>
internal sealed record AuditFacts(ulong Records, long Lost);
