namespace Tessera.Host.Serving;

/// <summary>The daemon's memory.</summary>
/// <param name="ResidentBytes">Physical memory it holds.</param>
/// <param name="ManagedBytes">Objects of the program, garbage not yet collected among them.</param>
/// <param name="CommittedBytes">What the collector held for them after its last run; 0 before the first.</param>
/// <param name="AllocatedBytes">Objects made since the start, collected or not.</param>
/// <param name="Collections">Garbage collections, of all generations.</param>
/// <param name="OlderCollections">Of those, the ones that looked at older objects too.</param>
/// <param name="FullCollections">Of those, the ones that looked at all objects.</param>
/// <param name="PausedMs">Time all threads stood still for them, milliseconds.</param>
/// <param name="Uses">What the larger parts of it are for.</param>
internal sealed record MemoryFacts(
    long ResidentBytes,
    long ManagedBytes,
    long CommittedBytes,
    long AllocatedBytes,
    int Collections,
    int OlderCollections,
    int FullCollections,
    double PausedMs,
    MemoryUses Uses)
{
    public static MemoryFacts Read(MemoryUses uses) => new(
        Environment.WorkingSet,
        GC.GetTotalMemory(forceFullCollection: false),
        GC.GetGCMemoryInfo().TotalCommittedBytes,
        GC.GetTotalAllocatedBytes(),
        GC.CollectionCount(0),
        GC.CollectionCount(1),
        GC.CollectionCount(2),
        GC.GetTotalPauseDuration().TotalMilliseconds,
        uses);
}
