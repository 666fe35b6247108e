using Tessera.Fuse.Tests.Support;

namespace Tessera.Fuse.Tests;

public sealed class PackedCountsTests
{
    [Theory]
    [InlineData(1UL << 20)]
    [InlineData(300UL)]
    [InlineData(ulong.MaxValue)]
    public void Table_agrees_with_a_dictionary(ulong range)
    {
        var table = new PackedCounts();
        var counted = CountModel.Run(range, [255, 65_535], id => table[id], (id, value) => table[id] = value);
        table.Count.ShouldBe(counted);
    }

    [Fact]
    public void Zeroed_ids_give_their_memory_back()
    {
        var table = new PackedCounts();
        for (var id = 1UL; id <= 100_000; id++)
            table[id] = 1;
        for (var id = 1UL; id <= 100_000; id++)
            table[id] = 0;
        table.Count.ShouldBe(0);
        table[5].ShouldBe(0UL);
    }

    [Fact]
    public void Ten_million_neighbours_fit_into_forty_mebibytes()
    {
        const ulong Ids = 10_000_000;
        const int Shards = 32;
        const long Limit = 40L << 20;
        var tables = Enumerable.Range(0, Shards).Select(static _ => new PackedCounts()).ToArray();
        for (var id = 1UL; id <= Ids; id++)
            tables[PackedCounts.BucketOf(id) % Shards][id] = 1;

        tables.Sum(static table => table.Count).ShouldBe((int)Ids);
        tables.Sum(static table => table.Bytes).ShouldBeLessThan(Limit);
    }
}
