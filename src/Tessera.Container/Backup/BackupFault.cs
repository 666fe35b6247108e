namespace Tessera.Container.Backup;

/// <summary>Why a backup could not be taken or restored.</summary>
public enum BackupFault
{
    /// <summary>A file of the backup is damaged or cut short.</summary>
    Damaged,

    /// <summary>A file that others build on is not there.</summary>
    Missing,

    /// <summary>The key is not the one the backup was made under, or its header was changed.</summary>
    WrongKey,

    NewerFormat,

    /// <summary>The directory holds backups of another volume.</summary>
    OtherVolume,

    /// <summary>The volume is older than the newest backup, or does not descend from it: a copy, or restored from an older one.</summary>
    Diverged,

    /// <summary>The volume needed the space that the backup held back.</summary>
    OutOfRoom,

    /// <summary>Another backup is being written to the directory, or another restore to the same name.</summary>
    InUse,

    /// <summary>What was restored does not hold together.</summary>
    Unsound,
}
