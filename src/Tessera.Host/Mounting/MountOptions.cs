using Tessera.Container.Remembering;
using Tessera.Host.Alarms;
using Tessera.Host.Secrets;
using Tessera.Volumes;

namespace Tessera.Host.Mounting;

/// <summary>What "-o" asked for, as mount(8) means it.</summary>
internal sealed record MountOptions
{
    public bool ReadOnly { get; init; }

    /// <summary>When a read marks the access time.</summary>
    public AccessTimePolicy AccessTimes { get; init; } = AccessTimePolicy.Relative;

    /// <summary>Set-user-ID bits are honoured. For root only; off unless asked for, as FUSE file systems are.</summary>
    public bool SetUserId { get; init; }

    /// <summary>Device nodes are honoured. For root only; off unless asked for.</summary>
    public bool Devices { get; init; }

    public bool NoExecute { get; init; }

    /// <summary>Users other than the one who mounts may enter.</summary>
    public bool AllowOther { get; init; }

    /// <summary>All files are shown as this user's; null: as the volume says.</summary>
    public uint? Uid { get; init; }

    public uint? Gid { get; init; }

    /// <summary>Id-mapped mounts of this one may be made (mount_setattr(2)).</summary>
    public bool IdMap { get; init; }

    public string? PassphraseFile { get; init; }

    public string? PassphraseCommand { get; init; }

    /// <summary>A file with a device key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>A security key, as libfido2 names it, or "auto".</summary>
    public string? Fido2 { get; init; }

    /// <summary>A file with its PIN.</summary>
    public string? Fido2PinFile { get; init; }

    /// <summary>Of a scattered volume that was made with it: what deriving its key takes, KiB; null: the default.</summary>
    public uint? KeyMemoryKiB { get; init; }

    public PassphraseSource Passphrase => new(PassphraseFile, PassphraseCommand) { KeyFile = KeyFile, Fido2 = Fido2Source.Of(Fido2, Fido2PinFile), KeyMemoryKiB = (int?)KeyMemoryKiB };

    /// <summary>Of a server's export: a file with the token to show; null: a certificate is shown.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Of a server's export: where this client's certificate is; null: where this user keeps those of that server.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Of a server's export: the one certificate of the server to accept, by its SHA-256; null: whatever this system trusts.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Of a server's export: what is believed of what the server told before; null: the default.</summary>
    public CacheMode? Cache { get; init; }

    /// <summary>Something is asked that only an export of a server has.</summary>
    public bool AsksServer => (TokenFile ?? ClientCertificate ?? Fingerprint) is not null || Cache is not null;

    /// <summary>The flags that the kernel keeps for a mount, as mount(8) writes them.</summary>
    public IEnumerable<string> KernelFlags =>
    [
        ReadOnly ? "ro" : "rw",
        SetUserId ? "suid" : "nosuid",
        Devices ? "dev" : "nodev",
        NoExecute ? "noexec" : "exec",
        AccessTimes switch
        {
            AccessTimePolicy.Never => "noatime",
            AccessTimePolicy.Strict => "strictatime",
            _ => "relatime",
        },
    ];

    /// <summary>Bytes; null for the default.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The volume is made when there is none.</summary>
    public bool Create { get; init; }

    /// <summary>The host's times of a scattered volume's files show when it was last written to, for programs that copy what has changed.</summary>
    public bool ShowTimes { get; init; }

    /// <summary>Open for writing although another host used the volume last and did not close it.</summary>
    public bool TakeOver { get; init; }

    /// <summary>Open it although it is older than when it was last seen here.</summary>
    public bool AcceptRollback { get; init; }

    /// <summary>What is done about the counter that the volume is bound to.</summary>
    public CounterUse CounterUse { get; init; }

    /// <summary>Neither compare it with what was seen here, nor remember anything of it.</summary>
    public bool Forget { get; init; }

    /// <summary>Of a directory: how long the kernel may use attributes, names, and names not found, without asking, seconds; null: the default.</summary>
    public double? AttributeTimeout { get; init; }

    public double? EntryTimeout { get; init; }

    public double? NegativeTimeout { get; init; }

    /// <summary>Of a directory: the kernel reads and writes no file by itself.</summary>
    public bool NoPassthrough { get; init; }

    /// <summary>Unmounted when no program has anything open there and none has asked anything for so long; null: never.</summary>
    public double? IdleSeconds { get; init; }

    /// <summary>Unmounted after so long, whoever uses it: programs' files fail then; null: never.</summary>
    public double? LimitSeconds { get; init; }

    /// <summary>Decoys beside each slot that is written, of a scattered volume; null: the default.</summary>
    public uint? Decoys { get; init; }

    /// <summary>Bytes a second that are written to a scattered volume at an even pace; null: no pace is kept.</summary>
    public long? CoverRate { get; init; }

    /// <summary>What of a scattered volume nobody writes is moved, in per cent of what is written; null: the default.</summary>
    public uint? ReshufflePercent { get; init; }

    /// <summary>How fast a rotation of the key is gone on with, bytes a second; 0: not at all; null: the default.</summary>
    public long? ResealRate { get; init; }

    /// <summary>What programs do is recorded in the volume.</summary>
    public bool Audit { get; init; }

    /// <summary>What is kept of such records, bytes; null: the default.</summary>
    public long? AuditBytes { get; init; }

    /// <summary>What becomes of the mount when more is read or deleted than its rates allow; null: nobody counts.</summary>
    public AlarmAction? Alarm { get; init; }

    /// <summary>How much may be read; null: the default.</summary>
    public AlarmRate? AlarmReads { get; init; }

    /// <summary>How much may be deleted; null: the default.</summary>
    public AlarmRate? AlarmDeletes { get; init; }

    /// <summary>When an alarm is raised; null: never.</summary>
    public AlarmSettings? Alarms => Alarm is { } action ? new AlarmSettings(action, AlarmReads ?? AlarmRate.DefaultReads, AlarmDeletes ?? AlarmRate.DefaultDeletes) : null;

    /// <summary>Something is asked that only a directory of the host has.</summary>
    public bool AsksDirectory => NoPassthrough || (AttributeTimeout ?? EntryTimeout ?? NegativeTimeout) is not null;

    /// <summary>"remount": the change is the kernel's to make, by "mount -i".</summary>
    public bool Remount { get; init; }
}
