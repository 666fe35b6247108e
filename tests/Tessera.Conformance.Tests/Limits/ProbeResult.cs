namespace Tessera.Conformance.Tests.Limits;

/// <summary>What became of a probe on one place.</summary>
/// <param name="Outcome">"ok", or the name of the error.</param>
/// <param name="Requests">What the daemon was asked, by the kernel's names; "–" for nothing.</param>
internal sealed record ProbeResult(string Outcome, string Requests);
