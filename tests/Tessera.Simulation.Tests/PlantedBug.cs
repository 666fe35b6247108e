namespace Tessera.Simulation.Tests;

/// <summary>Mistakes the campaign must catch.</summary>
public enum PlantedBug
{
    SkippedFlush,
    DurableIsCached,
    BlocksAfterRecord,
    EarlyReuse,
}
