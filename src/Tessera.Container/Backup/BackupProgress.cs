namespace Tessera.Container.Backup;

/// <summary>How far a backup, a restore or a verification is.</summary>
/// <param name="Bytes">Sealed bytes done.</param>
/// <param name="ExpectedBytes">All there are to do, at most; 0: not known before the end (an increment).</param>
public readonly record struct BackupProgress(long Bytes, long ExpectedBytes);
