using Tessera.Core.Stores;
using Tessera.Volumes;
using Tessera.Volumes.Repairing;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>What is done wrong on purpose, to show that the campaign finds it; nothing in the campaign proper.</summary>
internal sealed record PlantedMistakes
{
    public static PlantedMistakes None { get; } = new();

    /// <summary>Wraps the store that files are read through.</summary>
    public Func<IVolumeStore, IVolumeStore> Reading { get; init; } = static store => store;

    /// <summary>What the repair is told is lost.</summary>
    public Func<IReadOnlyList<KeyRange>, IReadOnlyList<KeyRange>> Telling { get; init; } = static lost => lost;

    /// <summary>What the repair lists.</summary>
    public Func<IReadOnlyList<VolumeLoss>, IReadOnlyList<VolumeLoss>> Listing { get; init; } = static losses => losses;

    /// <summary>What is done to the repaired volume.</summary>
    public Func<Volume, Task>? Spoiling { get; init; }
}
