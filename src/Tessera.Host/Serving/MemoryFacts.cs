namespace Tessera.Host.Serving;

/// <summary>The daemon's memory.</summary>
/// <param name="ResidentBytes">Physical memory it holds.</param>
/// <param name="ManagedBytes">Of that, objects of the program.</param>
/// <param name="AllocatedBytes">Objects made since the start, collected or not.</param>
/// <param name="Collections">Garbage collections.</param>
/// <param name="PausedMs">Time all threads stood still for them, milliseconds.</param>
internal sealed record MemoryFacts(long ResidentBytes, long ManagedBytes, long AllocatedBytes, int Collections, double PausedMs)
{
    public static MemoryFacts Read() => new(
        Environment.WorkingSet,
        GC.GetTotalMemory(forceFullCollection: false),
        GC.GetTotalAllocatedBytes(),
        GC.CollectionCount(0),
        GC.GetTotalPauseDuration().TotalMilliseconds);
}
