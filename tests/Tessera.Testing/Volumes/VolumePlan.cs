using Tessera.Testing.Containers;

namespace Tessera.Testing.Volumes;

/// <summary>What a seed says of a volume and the work done in it.</summary>
public sealed record VolumePlan
{
    public required ulong Seed { get; init; }

    /// <summary>Longest file of the workload, bytes.</summary>
    public int LargestFile { get; init; } = 200_000;

    /// <summary>Memory of a table of the container, bytes: small ones make checkpoints come by themselves.</summary>
    public long TableBytes { get; init; } = 64 << 10;

    /// <summary>Bound on written, not yet stored bytes: small ones make writers write back.</summary>
    public long DirtyBytes { get; init; } = 4 << 20;

    /// <summary>Threads of the volume's own, so that a seed does not decide everything.</summary>
    public bool HasWorkers { get; init; }

    /// <summary>Close, kill and reopen now and then.</summary>
    public bool Reopens { get; init; } = true;

    public PlantedBug Bug { get; init; } = PlantedBug.None;
}
