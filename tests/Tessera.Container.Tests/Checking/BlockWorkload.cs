using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Container.Tests.Checking;

/// <summary>Random puts, deletes, blocks written, replaced and released, with a model of what must be there.</summary>
/// <remarks>Keys: 'k' and a number hold bytes; 'b' and a number own a block, whose reference is the value.</remarks>
internal sealed class BlockWorkload(int seed, int keys = 2000)
{
    private readonly Random random = new(seed);
    private readonly Dictionary<int, byte[]> values = [];
    private readonly Dictionary<int, (BlockReference Reference, byte[] Content)> blocks = [];

    public int BlockCount => blocks.Count;

    public IEnumerable<(string Key, BlockReference Reference)> Blocks => blocks.Select(block => (Convert.ToHexString(Key('b', block.Key)), block.Value.Reference));

    public static bool Owner(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block)
    {
        block = key[0] == 'b' ? BlockReference.Decode(value) : default;
        return key[0] == 'b';
    }

    /// <summary>A copy of what is there now, to compare a later restore with.</summary>
    public BlockWorkload Remember()
    {
        var copy = new BlockWorkload(0, keys);
        foreach ((int number, byte[] value) in values)
        {
            copy.values.Add(number, value);
        }

        foreach ((int number, (BlockReference, byte[]) block) in blocks)
        {
            copy.blocks.Add(number, block);
        }

        return copy;
    }

    public async Task RunAsync(ContainerStore store, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            int number = random.Next(keys);
            switch (random.Next(20))
            {
                case < 10:
                    await PutAsync(store, number);
                    break;
                case < 13:
                    await DeleteAsync(store, number);
                    break;
                case < 17:
                    await ReplaceBlockAsync(store, number % 100);
                    break;
                case < 19:
                    await ReleaseAsync(store, number % 100);
                    break;
                default:
                    await store.MakeDurableAsync(store.LastSequence);
                    break;
            }
        }
    }

    /// <summary>The store holds exactly the model.</summary>
    public async Task CheckAsync(IVolumeStore store)
    {
        int seen = 0;
        var page = new ScanPage(64 * 1024);
        byte[] from = [1];
        do
        {
            await store.ScanAsync(from, ReadOnlyMemory<byte>.Empty, page);
            foreach ((byte[] key, byte[] value) in Copy(page))
            {
                await CheckEntryAsync(store, key, value);
                seen++;
            }

            from = page.Count > 0 ? [.. page.LastKey, 0] : from;
        }
        while (!page.Complete);
        seen.ShouldBe(values.Count + blocks.Count);
    }

    /// <summary>The store holds nothing but the model; what is missing lies in lost ranges. How much that is.</summary>
    public async Task<int> CheckRestAsync(IVolumeStore store, IReadOnlyList<KeyRange> lost)
    {
        HashSet<string> seen = [];
        var page = new ScanPage(64 * 1024);
        byte[] from = [1];
        do
        {
            await store.ScanAsync(from, ReadOnlyMemory<byte>.Empty, page);
            foreach ((byte[] key, byte[] value) in Copy(page))
            {
                await CheckEntryAsync(store, key, value);
                seen.Add(Convert.ToHexString(key));
            }

            from = page.Count > 0 ? [.. page.LastKey, 0] : from;
        }
        while (!page.Complete);
        byte[][] missing =
        [
            .. values.Keys.Select(number => Key('k', number)).Concat(blocks.Keys.Select(number => Key('b', number))).Where(key => !seen.Contains(Convert.ToHexString(key))),
        ];
        missing.ShouldAllBe(key => lost.Any(range => range.Contains(key)));
        return missing.Length;
    }

    private static byte[] Key(char kind, int number)
    {
        byte[] key = new byte[5];
        key[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(1), number);
        return key;
    }

    private static List<(byte[] Key, byte[] Value)> Copy(ScanPage page)
    {
        var entries = new List<(byte[], byte[])>();
        foreach (ScanPage.Entry entry in page)
        {
            entries.Add((entry.Key.ToArray(), entry.Value.ToArray()));
        }

        return entries;
    }

    private static async Task CommitAsync(ContainerStore store, StoreBatch batch) =>
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, store.Fault?.ToString());

    private async Task CheckEntryAsync(IVolumeStore store, byte[] key, byte[] value)
    {
        int number = BinaryPrimitives.ReadInt32BigEndian(key.AsSpan(1));
        if (key[0] == 'k')
        {
            value.AsSpan().SequenceEqual(values[number]).ShouldBeTrue($"value {number}");
            return;
        }

        byte[] content = blocks[number].Content;
        byte[] read = new byte[content.Length];
        await store.ReadBlockAsync(BlockReference.Decode(value), 0, read);
        read.AsSpan().SequenceEqual(content).ShouldBeTrue($"block {number}");
    }

    private async Task PutAsync(ContainerStore store, int number)
    {
        byte[] value = new byte[random.Next(10) == 0 ? random.Next(4000) : random.Next(200)];
        random.NextBytes(value);
        var batch = new StoreBatch();
        batch.Put(Key('k', number), value);
        await CommitAsync(store, batch);
        values[number] = value;
    }

    private async Task DeleteAsync(ContainerStore store, int number)
    {
        var batch = new StoreBatch();
        batch.Delete(Key('k', number));
        await CommitAsync(store, batch);
        values.Remove(number);
    }

    private async Task ReplaceBlockAsync(ContainerStore store, int number)
    {
        int longest = Math.Min(store.MaxBlockLength, 40_000);
        byte[] content = new byte[1 + random.Next(longest)];
        random.NextBytes(content);
        BlockReference reference = (await store.WriteBlockAsync(content))!.Value;
        if (random.Next(10) == 0)
        {
            store.DiscardBlock(reference);
            return;
        }

        if (random.Next(10) == 0)
        {
            store.Checkpoint(); // A block may be claimed long after it was written.
        }

        await ClaimAsync(store, number, reference, content);
    }

    private async Task ClaimAsync(ContainerStore store, int number, BlockReference reference, byte[] content)
    {
        var batch = new StoreBatch();
        if (blocks.TryGetValue(number, out (BlockReference Reference, byte[] Content) old))
        {
            batch.ReleaseBlock(old.Reference);
        }

        byte[] encoded = new byte[BlockReference.Size];
        reference.Encode(encoded);
        batch.ClaimBlock(reference);
        batch.Put(Key('b', number), encoded);
        await CommitAsync(store, batch);
        blocks[number] = (reference, content);
    }

    public async Task AddLargeBlockAsync(ContainerStore store, int number)
    {
        byte[] content = new byte[store.MaxBlockLength];
        random.NextBytes(content);
        await ClaimAsync(store, number, (await store.WriteBlockAsync(content))!.Value, content);
    }

    private async Task ReleaseAsync(ContainerStore store, int number)
    {
        if (blocks.Remove(number, out (BlockReference Reference, byte[] Content) old))
        {
            var batch = new StoreBatch();
            batch.ReleaseBlock(old.Reference);
            batch.Delete(Key('b', number));
            await CommitAsync(store, batch);
        }
    }
}
