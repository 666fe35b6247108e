namespace Tessera.Container.Backup;

/// <summary>A volume that was restored, opened and read in full.</summary>
/// <param name="Header">The backup it is now.</param>
/// <param name="Files">Backup files it was put together from.</param>
/// <param name="Nodes">Tree nodes that authenticate, both copies of each.</param>
/// <param name="Blocks">Blocks that authenticate.</param>
/// <param name="DamagedBlocks">Blocks that do not: they were damaged when the backup was taken, or the backup lacks them.</param>
public sealed record RestoreResult(BackupHeader Header, int Files, long Nodes, long Blocks, long DamagedBlocks);
