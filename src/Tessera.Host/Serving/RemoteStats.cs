using Tessera.Host.Statistics;

namespace Tessera.Host.Serving;

/// <summary>What "tessera stats" tells of a mounted export of a server.</summary>
internal sealed record RemoteStats
{
    public required double UptimeSeconds { get; init; }

    public required IReadOnlyList<CallReport> Operations { get; init; }

    /// <summary>Requests sent to the server.</summary>
    public required long Requests { get; init; }

    /// <summary>Of those, sent before a program asked.</summary>
    public required long RequestsAhead { get; init; }

    /// <summary>Frames that were sent, or came, compressed: contents that shrink, on a line that is slower than compressing them.</summary>
    public required long CompressedFrames { get; init; }

    /// <summary>How long the server takes to answer, at best.</summary>
    public required double RoundTripMs { get; init; }

    /// <summary>The address in use, or, with no connection, used last.</summary>
    public required string Address { get; init; }

    /// <summary>Connections made, the first included.</summary>
    public required int Connections { get; init; }

    /// <summary>Of those, made to another address than the one before, on the way there or back.</summary>
    public required int Failovers { get; init; }

    /// <summary>Inodes the server has told of and has not been given back.</summary>
    public required int Inodes { get; init; }

    /// <summary>Inodes the kernel holds references to.</summary>
    public required int InodesKnownToKernel { get; init; }

    public required int OpenFiles { get; init; }

    /// <summary>Files of which something that was written may not be at the server yet.</summary>
    public required int WrittenFiles { get; init; }

    /// <summary>Physical memory of the daemon.</summary>
    public required long ResidentBytes { get; init; }

    public required int Threads { get; init; }
}
