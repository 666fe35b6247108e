using Shouldly;
using Tessera.Core.Stores;
using Xunit;

namespace Tessera.Testing.Stores;

public abstract partial class VolumeStoreContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(70_001)]
    [InlineData(StoreLimits.MaxBlock)]
    public async Task Block_is_read_back_whole_and_in_parts(int longest)
    {
        await using IVolumeStore store = await OpenAsync();
        int length = Math.Min(longest, store.MaxBlockLength);
        byte[] content = Pattern(length, length);
        BlockReference block = (await store.WriteBlockAsync(content)).ShouldNotBeNull();
        block.Length.ShouldBe((uint)length);
        await ShouldReadAsync(store, block, content);
        StoreBatch batch = new();
        batch.ClaimBlock(block);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        await ShouldReadAsync(store, block, content);
        byte[] encoded = new byte[BlockReference.Size];
        block.Encode(encoded);
        await ShouldReadAsync(store, BlockReference.Decode(encoded), content);
    }

    /// <summary>Long ones among short ones, and more than are read at a time.</summary>
    [Fact]
    public async Task Blocks_are_read_back_one_behind_the_other()
    {
        const int Count = 150;
        await using IVolumeStore store = await OpenAsync();
        var blocks = new List<BlockReference>();
        var content = new List<byte>();
        for (int i = 0; i < Count; i++)
        {
            byte[] one = Pattern(i % 50 == 7 ? Math.Min(9000, store.MaxBlockLength) : i % 11 == 3 ? 100 + i : 4096, i);
            blocks.Add((await store.WriteBlockAsync(one)).ShouldNotBeNull());
            content.AddRange(one);
        }

        byte[] read = new byte[content.Count];
        await store.ReadBlocksAsync(blocks.ToArray(), read);

        read.SequenceEqual(content).ShouldBeTrue();
    }

    /// <summary>More than are written at a time, short ones and as long as they may be; the last has the rest.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    public async Task Blocks_that_are_written_together_are_read_back_one_by_one(int bytesEach)
    {
        const int Count = 70;
        await using IVolumeStore store = await OpenAsync();
        int each = Math.Min(bytesEach, Math.Min(store.MaxBlockLength, 30_000));
        byte[] content = Pattern((Count * each) - (each / 2), 5);
        var blocks = new BlockReference[Count];

        (await store.WriteBlocksAsync(content, each, blocks)).ShouldBe(Count);

        for (int i = 0; i < Count; i++)
        {
            await ShouldReadAsync(store, blocks[i], content.AsSpan(i * each, Math.Min(each, content.Length - (i * each))).ToArray());
        }
    }

    /// <summary>What is given back is all that was taken: else this would end.</summary>
    [Fact]
    public async Task Of_blocks_for_which_there_is_no_room_the_first_are_written()
    {
        const int Together = 1000;
        await using IVolumeStore store = await OpenAsync();
        var blocks = new BlockReference[Together];
        byte[] content = Pattern(Together * 4096, 6);
        int first = 0;
        for (int round = 0; round < 2; round++)
        {
            var all = new List<BlockReference>();
            int written;
            do
            {
                written = await store.WriteBlocksAsync(content, 4096, blocks);
                all.AddRange(blocks[..written]);
            }
            while (written == Together);

            await ShouldReadAsync(store, all[^1], content.AsSpan((((all.Count - 1) % Together) * 4096), 4096).ToArray());
            all.ForEach(store.DiscardBlock);
            first = round == 0 ? all.Count : first;
            all.Count.ShouldBe(first);
        }
    }

    [Fact]
    public async Task Discarded_and_released_blocks_give_their_space_back()
    {
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        byte[] content = Pattern(store.MaxBlockLength, 3);

        // Far more than the store holds at once: only reuse lets this end.
        for (int i = 0; i < 256; i++)
        {
            BlockReference discarded = (await store.WriteBlockAsync(content)).ShouldNotBeNull();
            store.DiscardBlock(discarded);
            BlockReference claimed = (await store.WriteBlockAsync(content)).ShouldNotBeNull();
            batch.Reset();
            batch.ClaimBlock(claimed);
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
            batch.Reset();
            batch.MayUseReserve = true;
            batch.ReleaseBlock(claimed);
            CommitResult released = await store.CommitAsync(batch);
            released.Status.ShouldBe(CommitStatus.Committed);
            await store.MakeDurableAsync(released.Sequence);
        }
    }

    private static async Task ShouldReadAsync(IVolumeStore store, BlockReference block, byte[] content)
    {
        byte[] whole = new byte[content.Length];
        await store.ReadBlockAsync(block, 0, whole);
        whole.AsSpan().SequenceEqual(content).ShouldBeTrue();
        int offset = content.Length / 3;
        byte[] part = new byte[Math.Min(5000, content.Length - offset)];
        await store.ReadBlockAsync(block, offset, part);
        part.AsSpan().SequenceEqual(content.AsSpan(offset, part.Length)).ShouldBeTrue();
    }
}
