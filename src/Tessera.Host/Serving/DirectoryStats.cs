using Tessera.Host.Statistics;

namespace Tessera.Host.Serving;

/// <summary>What "tessera stats" tells of a mounted directory of this host. Reads and writes that the kernel does by itself are not seen.</summary>
internal sealed record DirectoryStats
{
    public required double UptimeSeconds { get; init; }

    public required IReadOnlyList<CallReport> Operations { get; init; }

    /// <summary>Inodes remembered by directory and name.</summary>
    public required int Inodes { get; init; }

    /// <summary>Inodes the kernel holds references to.</summary>
    public required int InodesKnownToKernel { get; init; }

    /// <summary>Open files and directories.</summary>
    public required int OpenFiles { get; init; }

    /// <summary>Opens, since the mount began, of files that the kernel reads and writes by itself.</summary>
    public required long PassthroughOpens { get; init; }

    /// <summary>Physical memory of the daemon.</summary>
    public required long ResidentBytes { get; init; }

    public required SpaceFacts Space { get; init; }

    public required int Threads { get; init; }
}
