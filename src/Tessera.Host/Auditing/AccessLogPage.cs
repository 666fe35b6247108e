namespace Tessera.Host.Auditing;

/// <summary>Some segments of a volume's access log, as a daemon gives them (docs/format/volume.md, "Access log"): as they are, for whoever asks to verify.</summary>
internal sealed record AccessLogPage
{
    /// <summary>The control request that asks for these; its argument is the segment to begin with.</summary>
    public const string Operation = "audit";

    /// <summary>The log's head as it is now; null: there is no log.</summary>
    public byte[]? Head { get; init; }

    public required IReadOnlyList<AccessLogPiece> Segments { get; init; }

    /// <summary>The segment to go on with; null: there are no more.</summary>
    public ulong? Next { get; init; }
}
