using System.Buffers.Binary;
using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;

namespace Tessera.Container.Tests.Backup;

/// <summary>A container with a model of what is in it: entries that hold bytes, and entries that refer to a block.</summary>
internal sealed class ModelVolume(TestContainer container, ulong seed)
{
    private const byte Tag = 0x20;
    private const byte InBlock = 1;
    private const int Keys = 400;
    private readonly Random random = new((int)seed);
    private readonly List<(BlockReference Block, byte[] Content)> unclaimed = [];
    private readonly Dictionary<int, BlockReference> blocks = [];

    public Dictionary<int, byte[]> Content { get; } = [];

    public ContainerStore Store { get; private set; } = null!;

    public static BackupOptions Options { get; } = new() { Blocks = Owner };

    public static RestoreOptions Restore { get; } = new() { Blocks = Owner };

    public void Open(IMedium medium, ContainerOptions? options = null) => Store = container.Open(medium, options ?? TestContainer.Deterministic(seed));

    /// <summary>Random puts, overwrites, deletes and checkpoints; blocks are often claimed long after they were written.</summary>
    public async Task WorkAsync(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            int key = random.Next(Keys);
            switch (random.Next(20))
            {
                case < 6:
                    await PutAsync(key, Bytes(random.Next(1, 300)));
                    break;
                case < 10:
                    await PutBlockAsync(key, Bytes(random.Next(1, Math.Min(Store.MaxBlockLength, 40_000))));
                    break;
                case < 13:
                    byte[] content = Bytes(random.Next(1, 4096));
                    unclaimed.Add(((await Store.WriteBlockAsync(content))!.Value, content));
                    break;
                case < 15 when unclaimed.Count > 0:
                    (BlockReference block, byte[] written) = unclaimed[0];
                    unclaimed.RemoveAt(0);
                    await ClaimAsync(key, block, written);
                    break;
                case < 17:
                    await TouchAsync(key);
                    break;
                case < 19:
                    await DeleteAsync(key);
                    break;
                default:
                    Store.Checkpoint();
                    break;
            }
        }
    }

    public async Task PutBlockAsync(int key, byte[] content) =>
        await ClaimAsync(key, (await Store.WriteBlockAsync(content)).ShouldNotBeNull(Store.Fault?.Message), content);

    public async Task PutAsync(int key, byte[] content)
    {
        await CommitAsync(key, [0, .. content], claimed: null);
        Content[key] = content;
    }

    public async Task DeleteAsync(int key)
    {
        await CommitAsync(key, value: null, claimed: null);
        Content.Remove(key);
    }

    /// <summary>Before the store is closed: blocks nobody claimed are gone with it.</summary>
    public void DiscardUnclaimed()
    {
        unclaimed.ForEach(block => Store.DiscardBlock(block.Block));
        unclaimed.Clear();
    }

    public Dictionary<int, byte[]> Snapshot() => new(Content);

    public BlockReference BlockOf(int key) => blocks[key];

    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>The store holds this and nothing else.</summary>
    public static async Task CheckAsync(ContainerStore store, Dictionary<int, byte[]> expected)
    {
        Dictionary<int, byte[]> found = await ReadAsync(store);
        found.Keys.Order().ShouldBe(expected.Keys.Order());
        foreach ((int key, byte[] content) in expected)
        {
            found[key].AsSpan().SequenceEqual(content).ShouldBeTrue($"content of key {key}");
        }
    }

    /// <summary>Everything in a store, by scanning it.</summary>
    public static async Task<Dictionary<int, byte[]>> ReadAsync(ContainerStore store)
    {
        var entries = new List<(int Key, byte[] Value)>();
        var page = new ScanPage(1 << 20);
        await store.ScanAsync(new byte[] { Tag }, new byte[] { Tag + 1 }, page);
        page.Complete.ShouldBeTrue();
        foreach (ScanPage.Entry entry in page)
        {
            entries.Add(((int)BinaryPrimitives.ReadInt64BigEndian(entry.Key[1..]), entry.Value.ToArray()));
        }

        var content = new Dictionary<int, byte[]>();
        foreach ((int key, byte[] value) in entries)
        {
            byte[] bytes = value[1..];
            if (value[0] == InBlock)
            {
                BlockReference block = BlockReference.Decode(value.AsSpan(2));
                bytes = new byte[block.Length];
                await store.ReadBlockAsync(block, 0, bytes);
            }

            content.Add(key, bytes);
        }

        return content;
    }

    private static bool Owner(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block)
    {
        bool owns = key[0] == Tag && value[0] == InBlock;
        block = owns ? BlockReference.Decode(value[2..]) : default;
        return owns;
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[9];
        key[0] = Tag;
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(1), number);
        return key;
    }

    private async Task ClaimAsync(int key, BlockReference block, byte[] content)
    {
        await CommitAsync(key, Refer(block), block);
        Content[key] = content;
        blocks[key] = block;
    }

    /// <summary>Writes an entry anew that refers to the block it had: an increment must not need to copy it, and must not lose it.</summary>
    private async Task TouchAsync(int key)
    {
        if (blocks.TryGetValue(key, out BlockReference block))
        {
            var batch = new StoreBatch();
            batch.Put(Key(key), Refer(block));
            (await Store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        }
    }

    private byte[] Refer(BlockReference block)
    {
        byte[] value = new byte[2 + BlockReference.Size];
        value[0] = InBlock;
        value[1] = (byte)random.Next();
        block.Encode(value.AsSpan(2));
        return value;
    }

    private async Task CommitAsync(int key, byte[]? value, BlockReference? claimed)
    {
        var batch = new StoreBatch { MayUseReserve = value is null };
        if (blocks.Remove(key, out BlockReference old))
        {
            batch.ReleaseBlock(old);
        }

        if (claimed is { } block)
        {
            batch.ClaimBlock(block);
        }

        if (value is null)
        {
            batch.Delete(Key(key));
        }
        else
        {
            batch.Put(Key(key), value);
        }

        (await Store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, Store.Fault?.Message);
    }
}
