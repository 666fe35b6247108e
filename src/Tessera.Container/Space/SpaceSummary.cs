using Tessera.Container.Format;
using Tessera.Core.Stores;

namespace Tessera.Container.Space;

/// <summary>Slots at one moment.</summary>
/// <param name="Total">Slots of all groups there are.</param>
/// <param name="Free">Those that may be allocated now.</param>
/// <param name="Coming">Those given up that become free with the next checkpoints.</param>
/// <param name="Growable">Those that growing could still add.</param>
public readonly record struct SpaceSummary(long Total, long Free, long Coming, long Growable)
{
    /// <param name="reserve">Slots kept back for deletes and checkpoints.</param>
    /// <param name="need">Slots that the next checkpoint may take (<see cref="CheckpointNeed"/>).</param>
    /// <param name="factor">How much more that is than without stripes (<see cref="SpaceMap.NeedFactor"/>).</param>
    public StoreStatistics ToStatistics(long reserve, long need, int factor)
    {
        long free = Math.Min(Total, Free + Math.Max(0, Coming - (CheckpointNeed.Overhead * factor)));
        return new StoreStatistics(
            (ulong)(Total + Growable) * Geometry.SlotSize,
            (ulong)(Total - free) * Geometry.SlotSize,
            (ulong)Math.Max(0, free + Growable - reserve - need) * Geometry.SlotSize,
            (ulong)(need - (CheckpointNeed.Overhead * factor)) * Geometry.SlotSize);
    }
}
