namespace Tessera.Host.Mounting;

/// <summary>What "-o" asked for, as mount(8) means it.</summary>
internal sealed record MountOptions
{
    public bool ReadOnly { get; init; }

    /// <summary>Access times are never kept. Otherwise they are, as relatime does.</summary>
    public bool NoAccessTime { get; init; }

    /// <summary>Set-user-ID bits are honoured. For root only; off unless asked for, as FUSE file systems are.</summary>
    public bool SetUserId { get; init; }

    /// <summary>Device nodes are honoured. For root only; off unless asked for.</summary>
    public bool Devices { get; init; }

    public bool NoExecute { get; init; }

    /// <summary>Users other than the one who mounts may enter.</summary>
    public bool AllowOther { get; init; }

    public string? PassphraseFile { get; init; }

    public string? PassphraseCommand { get; init; }

    /// <summary>Bytes; null for the default.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The volume is made when there is none.</summary>
    public bool Create { get; init; }

    /// <summary>"remount": the change is the kernel's to make, by "mount -i".</summary>
    public bool Remount { get; init; }
}
