namespace Tessera.Container.Backup;

/// <summary>A backup that was read in full, with all it builds on, and found whole.</summary>
/// <param name="Header">The backup asked for.</param>
/// <param name="Files">Backup files read.</param>
/// <param name="Bytes">Their length.</param>
public sealed record VerifyResult(BackupHeader Header, int Files, long Bytes);
