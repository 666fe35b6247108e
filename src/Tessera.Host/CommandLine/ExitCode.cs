namespace Tessera.Host.CommandLine;

/// <summary>How the command ended. Stable: scripts rely on the numbers (docs/guide/exit-codes.md).</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>A fault of the machine or of Tessera itself.</summary>
    Fault = 1,

    /// <summary>The command line is wrong, or an answer is needed and there is no terminal to ask on.</summary>
    Usage = 2,

    /// <summary>No key slot opens with what was given.</summary>
    WrongPassphrase = 3,

    /// <summary>There is no Tessera volume at that path.</summary>
    NotAVolume = 4,

    /// <summary>The volume, or a part of it that was needed, does not authenticate.</summary>
    Damaged = 5,

    /// <summary>In use: by another daemon (a volume) or by running programs (a mount).</summary>
    Busy = 6,

    /// <summary>This machine, or this user, cannot mount FUSE file systems; "tessera doctor" says why.</summary>
    NoFuse = 7,

    /// <summary>The volume was written by a newer version with features that this one does not know.</summary>
    NewerFormat = 8,

    /// <summary>The volume's medium cannot be written, and writing was asked for.</summary>
    ReadOnlyMedium = 9,

    /// <summary>The medium's file system has no room for what was asked.</summary>
    NoSpace = 10,

    /// <summary>The mount point does not exist, is not a directory, or is not the caller's to use.</summary>
    MountPointUnusable = 11,

    /// <summary>Nothing of Tessera is mounted there, or its daemon does not answer.</summary>
    NotMounted = 12,

    /// <summary>The volume is older than, or of another line than, what was seen of it here before.</summary>
    RolledBack = 13,

    /// <summary>A server shows a certificate that is not the expected one, or that this system does not trust.</summary>
    Untrusted = 14,
}
