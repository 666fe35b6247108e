using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>Sums up what one batch does to the live bytes of blocks, then writes it into the batch: claims, releases, records of the
/// partly dead.</summary>
internal sealed class BlockLedger(IVolumeStore store)
{
    private readonly Dictionary<ulong, Line> lines = [];
    private readonly byte[] key = new byte[ContentKeys.BlockLength];
    private readonly byte[] value = new byte[BlockRecord.Size];

    /// <summary>Most bytes the lines will take in the batch.</summary>
    public int EncodedBound => lines.Count * 128;

    /// <summary>By how much the bytes of all blocks of the file change; valid after <see cref="PostAsync"/>.</summary>
    public long BlockBytesDelta { get; private set; }

    /// <summary>A block was left with so little alive that the file is worth compacting.</summary>
    public bool LeavesGarbage { get; private set; }

    public void Reset()
    {
        lines.Clear();
        BlockBytesDelta = 0;
        LeavesGarbage = false;
    }

    public void Add(BlockReference block, int bytes, bool unclaimed)
    {
        ref Line line = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(lines, block.Address, out bool exists);
        if (!exists)
        {
            line = new Line(block, 0, unclaimed);
        }

        line.Delta += bytes;
    }

    public async ValueTask PostAsync(StoreBatch batch, ulong owner)
    {
        foreach (Line line in lines.Values)
        {
            if (line.Delta == 0 && !line.Unclaimed)
            {
                continue;
            }

            long live = await LiveAfterAsync(line);
            if (live < 0 || live > line.Block.Length)
            {
                throw new StoreDamageException($"The live bytes of the block at {line.Block.Address} do not add up.");
            }

            Post(batch, owner, line, (uint)live);
        }
    }

    private async ValueTask<long> LiveAfterAsync(Line line)
    {
        if (line.Unclaimed || line.Delta == -(long)line.Block.Length)
        {
            return line.Unclaimed ? line.Delta : 0;
        }

        ContentKeys.Block(key, line.Block.Address);
        StoreEntry entry = await store.GetAsync(key, value);
        return (entry.Found ? BlockRecord.Decode(value).Live : line.Block.Length) + line.Delta;
    }

    private void Post(StoreBatch batch, ulong owner, in Line line, uint live)
    {
        ContentKeys.Block(key, line.Block.Address);
        if (line.Unclaimed)
        {
            batch.ClaimBlock(line.Block);
            BlockBytesDelta += line.Block.Length;
        }

        if (live == 0)
        {
            batch.Delete(key);
            batch.ReleaseBlock(line.Block);
            BlockBytesDelta -= line.Block.Length;
        }
        else if (live == line.Block.Length)
        {
            if (!line.Unclaimed)
            {
                batch.Delete(key);
            }
        }
        else
        {
            new BlockRecord(owner, live, line.Block.Length).Encode(value);
            batch.Put(key, value);
            LeavesGarbage |= live < line.Block.Length / ContentLimits.CompactBelow;
        }
    }

    private record struct Line(BlockReference Block, long Delta, bool Unclaimed);
}
