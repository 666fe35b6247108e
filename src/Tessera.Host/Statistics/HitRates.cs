using Tessera.Core;
using Tessera.Host.Serving;

namespace Tessera.Host.Statistics;

/// <summary>Which part of the askings of an interval each cache answered, 0 to 1; null when nothing was asked of it.</summary>
/// <param name="Blocks">Contents read in a row.</param>
/// <param name="Nodes">Nodes of the tree.</param>
/// <param name="Names">Names in directories.</param>
/// <param name="InodeRecords">Inodes.</param>
internal sealed record HitRates(double? Blocks, double? Nodes, double? Names, double? InodeRecords)
{
    public static HitRates Between(CacheFacts before, CacheFacts now) => new(
        Rate(before.Blocks, now.Blocks),
        Rate(before.Nodes, now.Nodes),
        Rate(before.Names, now.Names),
        Rate(before.InodeRecords, now.InodeRecords));

    /// <summary>Over all the time that a cache has existed.</summary>
    public static double? Of(CacheCounters cache) => Rate(default, cache);

    private static double? Rate(CacheCounters before, CacheCounters now)
    {
        long hits = now.Hits - before.Hits;
        long askings = hits + now.Misses - before.Misses;
        return askings > 0 ? (double)hits / askings : null;
    }
}
