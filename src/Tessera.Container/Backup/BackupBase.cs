namespace Tessera.Container.Backup;

/// <summary>What an increment builds on: the root that the backup before it holds. All zero: nothing, so everything is copied.</summary>
/// <param name="Generation">Nodes born later are new.</param>
/// <param name="Sequence">Entries written by a later commit are new.</param>
/// <param name="BlockFloor">Of the blocks new entries refer to, those born earlier are not new.</param>
public readonly record struct BackupBase(ulong Generation, ulong Sequence, ulong BlockFloor);
