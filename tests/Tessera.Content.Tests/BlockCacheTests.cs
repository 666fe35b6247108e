using Tessera.Core;
using Tessera.Core.Stores;
using Tessera.Testing;
using Tessera.Testing.Stores;

namespace Tessera.Content.Tests;

public sealed class BlockCacheTests
{
    private const int Limit = 1 << 20;

    [Fact]
    public async Task A_read_that_finds_its_block_is_a_hit_and_every_other_a_miss()
    {
        MemoryVolumeStore store = new();
        BlockReference block = (await store.WriteBlockAsync(new byte[8192]))!.Value;
        var cache = new BlockCache(store, new BufferPool(), Limit);
        byte[] page = new byte[4096];

        (await cache.ReadAsync(block, 0, page, load: false)).ShouldBeFalse();
        Figures(cache).ShouldBe((0, 1));
        (await cache.ReadAsync(block, 0, page, load: true)).ShouldBeTrue();
        Figures(cache).ShouldBe((0, 2));
        (await cache.ReadAsync(block, 4096, page, load: false)).ShouldBeTrue();
        Figures(cache).ShouldBe((1, 2));
        (cache.Counters.Used, cache.Counters.Limit).ShouldBe((cache.Bytes, Limit));
    }

    [Fact]
    public async Task Reading_ahead_is_neither()
    {
        MemoryVolumeStore store = new();
        BlockReference block = (await store.WriteBlockAsync(new byte[8192]))!.Value;
        var cache = new BlockCache(store, new BufferPool(), Limit);

        cache.Prefetch(block);
        SpinWait.SpinUntil(() => cache.Bytes > 0, TestLimits.Patience).ShouldBeTrue();

        Figures(cache).ShouldBe((0, 0));
    }

    private static (long Hits, long Misses) Figures(BlockCache cache)
    {
        CacheCounters counters = cache.Counters;
        return (counters.Hits, counters.Misses);
    }
}
