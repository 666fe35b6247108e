namespace Tessera.Fuse.Tests;

public sealed class PackedCountsTests
{
    [Theory]
    [InlineData(1UL << 20)]
    [InlineData(300UL)]
    [InlineData(ulong.MaxValue)]
    public void Table_agrees_with_a_dictionary(ulong range)
    {
        const int Seed = 42;
        var random = new Random(Seed);
        var table = new PackedCounts();
        var model = new Dictionary<ulong, ulong>();
        for (var step = 0; step < 200_000; step++)
        {
            var id = 1 + ((ulong)random.NextInt64() % range);
            var value = random.Next(4) switch
            {
                0 or 1 => 0UL,
                2 => (ulong)random.Next(1, 5),
                _ => (random.Next(2) == 0 ? 250UL : 65_530UL) + (ulong)random.Next(10),
            };
            table[id] = value;
            if (value == 0)
                model.Remove(id);
            else
                model[id] = value;
            table[id].ShouldBe(value);
        }

        table.Count.ShouldBe(model.Count);
        foreach (var (id, value) in model)
            table[id].ShouldBe(value);
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
