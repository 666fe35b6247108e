namespace Tessera.Container.Space;

/// <summary>Slots at one moment.</summary>
/// <param name="Total">Slots of all groups there are.</param>
/// <param name="Free">Those that may be allocated now.</param>
/// <param name="Coming">Those given up that become free with the next checkpoints.</param>
/// <param name="Growable">Those that growing could still add.</param>
public readonly record struct SpaceSummary(long Total, long Free, long Coming, long Growable);
