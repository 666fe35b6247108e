using Tessera.Core.Stores;
using Tessera.Testing.Stores;

namespace Tessera.Content.Tests;

public sealed class ExtentEditorTests
{
    private const ulong Ino = 77;
    private const int Size = 60_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_edits_agree_with_an_array_of_bytes_and_account_for_every_block(int seed)
    {
        Random random = new(seed);
        MemoryVolumeStore store = new();
        ExtentEditor editor = new(store, new BlockLocks());
        byte[] model = new byte[Size];
        long live = 0;
        long inBlocks = 0;
        for (int round = 0; round < 400; round++)
        {
            List<NewExtent> edits = await MakeEditsAsync(random, store, model);
            StoreBatch batch = new();
            editor.Begin(Ino, long.MaxValue, batch);
            foreach (NewExtent edit in edits)
            {
                (await editor.ReplaceAsync(edit)).ShouldBe(edit.Extent.End);
            }

            await editor.FinishAsync();
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
            live += editor.LiveDelta;
            inBlocks += editor.BlockBytesDelta;
            if (round % 10 == 0)
            {
                (long actualLive, long actualBlocks) = await VerifyAsync(store, model);
                (live, inBlocks).ShouldBe((actualLive, actualBlocks));
            }
        }

        store.UnclaimedBlocks.ShouldBe(0);
        await ClearAsync(store, editor);
        store.ClaimedBlocks.ShouldBe(0);
        store.KeyCount.ShouldBe(0);
    }

    [Fact]
    public async Task Edit_larger_than_a_batch_goes_on_where_it_stopped()
    {
        MemoryVolumeStore store = new();
        ExtentEditor editor = new(store, new BlockLocks());
        StoreBatch batch = new();
        for (int i = 0; i < 20_000;)
        {
            batch.Reset();
            editor.Begin(Ino, 0, batch);
            for (int most = i + 500; i < most; i++)
            {
                await editor.ReplaceAsync(NewExtent.InlineAt(i * 10L, new byte[] { 1 }));
            }

            await editor.FinishAsync();
            await store.CommitAsync(batch);
        }

        BlockReference block = (await store.WriteBlockAsync(new byte[200_000])).ShouldNotBeNull();
        Extent whole = new() { Start = 0, End = 200_000, Kind = ExtentKind.Block, Block = block };
        BlockClaim claim = BlockClaim.Unclaimed;
        int batches = 0;
        for (long at = 0; at < whole.End; batches++)
        {
            batch.Reset();
            editor.Begin(Ino, long.MaxValue, batch);
            at = await editor.ReplaceAsync(new NewExtent(whole.Slice(at, whole.End), default, claim));
            await editor.FinishAsync();
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
            claim = BlockClaim.Owned;
        }

        batches.ShouldBeGreaterThan(1);
        store.GetEntries().ShouldAllBe(entry => entry.Key[0] == (byte)KeyTag.Extent);
        store.GetEntries().Count.ShouldBe(batches);
        await ClearAsync(store, editor);
        store.ClaimedBlocks.ShouldBe(0);
    }

    private static async Task<List<NewExtent>> MakeEditsAsync(Random random, MemoryVolumeStore store, byte[] model)
    {
        List<NewExtent> edits = [];
        byte[] packed = new byte[8000];
        random.NextBytes(packed);
        List<(int Start, int Length, int Position)> pieces = [];
        int position = 0;
        for (int at = random.Next(2000); at < Size - 2000 && edits.Count + pieces.Count < 8; at += random.Next(9000))
        {
            int length = random.Next(1, 900);
            if (random.Next(5) == 0)
            {
                edits.Add(NewExtent.Hole(at, at + length));
                model.AsSpan(at, length).Clear();
            }
            else if (random.Next(3) == 0)
            {
                byte[] content = new byte[length];
                random.NextBytes(content);
                edits.Add(NewExtent.InlineAt(at, content));
                content.CopyTo(model, at);
            }
            else
            {
                pieces.Add((at, length, position));
                packed.AsSpan(position, length).CopyTo(model.AsSpan(at));
                position += length;
            }

            at += length;
        }

        if (position > 0)
        {
            BlockReference block = (await store.WriteBlockAsync(packed.AsMemory(0, position))).ShouldNotBeNull();
            edits.AddRange(pieces.Select(piece => new NewExtent(
                new Extent { Start = piece.Start, End = piece.Start + piece.Length, Kind = ExtentKind.Block, Block = block, BlockOffset = piece.Position },
                default,
                BlockClaim.Unclaimed)));
        }

        return [.. edits.OrderBy(edit => edit.Extent.Start)];
    }

    /// <summary>Reads the file through its extents, and checks that each block's record counts exactly the extents that name it.</summary>
    private static async Task<(long Live, long InBlocks)> VerifyAsync(MemoryVolumeStore store, byte[] model)
    {
        byte[] actual = new byte[Size];
        Dictionary<ulong, long> named = [];
        Dictionary<ulong, long> recorded = [];
        long end = 0;
        long live = 0;
        foreach ((byte[] key, byte[] value) in store.GetEntries())
        {
            if (key[0] == (byte)KeyTag.Block)
            {
                recorded.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(1)), BlockRecord.Decode(value).Live);
                continue;
            }

            Extent extent = Extent.Decode(key, value);
            extent.Start.ShouldBeGreaterThanOrEqualTo(end, "extents do not overlap");
            end = extent.End;
            live += extent.Length;
            if (extent.Kind == ExtentKind.Inline)
            {
                value.AsSpan(1).CopyTo(actual.AsSpan((int)extent.Start));
                continue;
            }

            await store.ReadBlockAsync(extent.Block, extent.BlockOffset, actual.AsMemory((int)extent.Start, extent.Length));
            named[extent.Block.Address] = named.GetValueOrDefault(extent.Block.Address) + extent.Length;
        }

        actual.AsSpan().SequenceEqual(model).ShouldBeTrue();
        IReadOnlyList<BlockReference> claimed = store.GetClaimedBlocks();
        named.Keys.ShouldBe(claimed.Select(block => block.Address), ignoreOrder: true);
        claimed.ShouldAllBe(block => recorded.GetValueOrDefault(block.Address, block.Length) == named[block.Address]);
        return (live, claimed.Sum(block => (long)block.Length));
    }

    private static async Task ClearAsync(MemoryVolumeStore store, ExtentEditor editor)
    {
        StoreBatch batch = new();
        for (long at = 0; at < long.MaxValue;)
        {
            batch.Reset();
            editor.Begin(Ino, long.MaxValue, batch);
            at = await editor.ReplaceAsync(NewExtent.Hole(at, long.MaxValue));
            await editor.FinishAsync();
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        }
    }
}
