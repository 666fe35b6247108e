namespace Tessera.Container.Backup;

/// <summary>A backup that was taken, read back and found whole.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Header">What the file says of itself.</param>
/// <param name="FileBytes">Length of the file.</param>
/// <param name="Nodes">Tree nodes copied.</param>
/// <param name="Blocks">Blocks copied.</param>
/// <param name="DamagedBlocks">Blocks that do not authenticate and so are not in it: to be found with fsck.</param>
public sealed record BackupResult(string Path, BackupHeader Header, long FileBytes, long Nodes, long Blocks, long DamagedBlocks);
