using Tessera.Fuse.Tests.Support;

namespace Tessera.Fuse.Tests;

public sealed class CountTableTests
{
    [Theory]
    [InlineData(1UL << 20)]
    [InlineData(300UL)]
    [InlineData(ulong.MaxValue)]
    public void Table_agrees_with_a_dictionary(ulong range)
    {
        var table = new CountTable();
        var counted = CountModel.Run(range, [65_535], id => table[id], (id, value) => table[id] = value);
        table.Count.ShouldBe(counted);
    }

    [Fact]
    public void Zeroed_ids_give_their_memory_back()
    {
        var table = new CountTable();
        for (var id = 1UL; id <= 100_000; id++)
            table[id] = 1;
        for (var id = 1UL; id <= 100_000; id++)
            table[id] = 0;
        table.Count.ShouldBe(0);
        table[5].ShouldBe(0UL);
    }
}
