using Tessera.Container.Checking;

namespace Tessera.Container.Backup;

/// <summary>A volume that was restored, opened and read in full.</summary>
/// <param name="Header">The backup it is now.</param>
/// <param name="Files">Backup files it was put together from.</param>
/// <param name="Check">What the checker says of it. Blocks that were damaged when they were to be backed up are findings; nothing else that is lost can be.</param>
public sealed record RestoreResult(BackupHeader Header, int Files, CheckReport Check);
