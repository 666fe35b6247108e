using Tessera.Container.Remembering;

namespace Tessera.Testing.Containers;

/// <summary>What a seed says of a workload.</summary>
public sealed record WorkloadPlan
{
    public required ulong Seed { get; init; }

    /// <summary>Memory of a table, bytes: small ones make checkpoints come by themselves.</summary>
    public long TableBytes { get; init; } = 64 * 1024;

    /// <summary>Close, kill and reopen now and then.</summary>
    public bool Reopens { get; init; } = true;

    /// <summary>Give it a larger limit now and then, where it has one.</summary>
    public bool Grows { get; init; } = true;

    /// <summary>Remembers the volume's newest state after every step; null: nobody does.</summary>
    public IVolumeMemory? Memory { get; init; }

    public PlantedBug Bug { get; init; } = PlantedBug.None;
}
