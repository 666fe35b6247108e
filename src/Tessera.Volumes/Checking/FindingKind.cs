namespace Tessera.Volumes.Checking;

/// <summary>A kind of finding: its stable code, how bad it is, and what it means for the data.</summary>
internal sealed record FindingKind(string Code, VolumeFindingSeverity Severity, string Meaning);
