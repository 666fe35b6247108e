namespace Tessera.Host.Serving;

/// <summary>What "tessera info" tells of a mounted volume.</summary>
internal sealed record MountFacts
{
    /// <summary>The control request that asks for these.</summary>
    public const string Operation = "info";

    /// <summary>As it was given to mount.</summary>
    public required string Volume { get; init; }

    public required string MountPoint { get; init; }

    /// <summary>The daemon's process.</summary>
    public required int Pid { get; init; }

    /// <summary>Mounted so, or turned so after a fault of the disk.</summary>
    public required bool ReadOnly { get; init; }

    /// <summary>Why it turned read-only; null while it has not.</summary>
    public string? Fault { get; init; }

    public required HeaderFacts Header { get; init; }

    /// <summary>Its key; null for profile plain.</summary>
    public KeyFacts? Keys { get; init; }

    /// <summary>The largest it may become, bytes; 0 for no limit of its own.</summary>
    public required long SizeLimit { get; init; }

    public required SpaceFacts Space { get; init; }

    /// <summary>Of the newest root: one more with every checkpoint.</summary>
    public required ulong Generation { get; init; }

    /// <summary>One more with every writable mount.</summary>
    public required ulong MountEpoch { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>The daemon's log; null when it goes to standard error.</summary>
    public string? Log { get; init; }

    /// <summary>Alarms; null: this mount raises none.</summary>
    public AlarmFacts? Alarm { get; init; }

    /// <summary>The access log; null: this mount records nothing.</summary>
    public AuditFacts? Audit { get; init; }
}
