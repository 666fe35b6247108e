using Tessera.Core.Stores;

namespace Tessera.Core.Tests;

public sealed class StoreBatchTests
{
    [Fact]
    public void Operations_come_back_in_order_with_all_they_were_given()
    {
        var batch = new StoreBatch();
        batch.CheckVersion("a"u8, 5);
        batch.Put("b"u8, "value"u8);
        batch.Add("c"u8, 8, -3);
        batch.ClaimBlock(new BlockReference { Address = 9 });
        var seen = new List<StoreBatch.Kind>();
        foreach (StoreBatch.Operation operation in batch)
        {
            seen.Add(operation.Kind);
            switch (operation.Kind)
            {
                case StoreBatch.Kind.CheckVersion:
                    operation.Number.ShouldBe(5UL);
                    break;
                case StoreBatch.Kind.Put:
                    operation.Value.SequenceEqual("value"u8).ShouldBeTrue();
                    break;
                case StoreBatch.Kind.Add:
                    operation.Offset.ShouldBe(8);
                    ((long)operation.Number).ShouldBe(-3);
                    break;
                default:
                    operation.Block.Address.ShouldBe(9UL);
                    break;
            }
        }

        seen.ShouldBe([StoreBatch.Kind.CheckVersion, StoreBatch.Kind.Put, StoreBatch.Kind.Add, StoreBatch.Kind.ClaimBlock]);
        batch.Count.ShouldBe(4);
    }

    [Fact]
    public void Oversized_keys_and_values_are_refused()
    {
        var batch = new StoreBatch();
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Put(new byte[StoreLimits.MaxKey + 1], default));
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Put("k"u8, new byte[StoreLimits.MaxValue + 1]));
        batch.Count.ShouldBe(0);
    }

    [Fact]
    public void Scan_page_always_takes_one_entry_of_the_largest_size()
    {
        var page = new ScanPage(1);
        page.TryAdd(new byte[StoreLimits.MaxKey], new byte[StoreLimits.MaxValue], 1).ShouldBeTrue();
        page.TryAdd("k"u8, default, 1).ShouldBeFalse();
        page.LastKey.Length.ShouldBe(StoreLimits.MaxKey);
    }
}
