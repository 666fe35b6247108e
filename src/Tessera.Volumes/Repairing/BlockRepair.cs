using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;

namespace Tessera.Volumes.Repairing;

/// <summary>Records of blocks, told anew from the extents that name them: of one file's, or of any number where a block is shared.</summary>
internal sealed class BlockRepair(RepairState state)
{
    private int next;

    public async ValueTask RunAsync()
    {
        state.Uses.Sort();
        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync([(byte)KeyTag.Block]))
        {
            if (key.Length != ContentKeys.BlockLength)
            {
                state.Journal.Delete(key);
                continue;
            }

            ulong address = BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(1));
            while (next < state.Uses.Count && state.Uses[next].Address < address)
            {
                Settle(value: null);
                await state.Journal.CommitSomeAsync();
            }

            if (next < state.Uses.Count && state.Uses[next].Address == address)
            {
                Settle(value);
            }
            else
            {
                state.Journal.Delete(key);
            }
        }

        while (next < state.Uses.Count)
        {
            Settle(value: null);
            await state.Journal.CommitSomeAsync();
        }

        await state.Journal.CommitAsync();
        await ReleaseAsync();
    }

    /// <summary>Takes all uses of the next block and puts its record right.</summary>
    private void Settle(byte[]? value)
    {
        BlockUse first = state.Uses[next];
        int start = next;
        long live = 0;
        for (; next < state.Uses.Count && state.Uses[next].Address == first.Address; next++)
        {
            live += state.Uses[next].Live;
        }

        state.Dropped.Remove(first.Address);
        BlockRecord? known = value is not null && BlockRecord.IsWellFormed(value) ? BlockRecord.Decode(value) : null;
        bool isShared = known is { IsShared: true } || next - start > 1 || live > first.Length;
        Span<InodeSums> sums = CollectionsMarshal.AsSpan(state.Sums);
        for (int at = start; at < next; at++)
        {
            BlockUse use = state.Uses[at];
            sums[use.Owner].Blocks += isShared ? use.Live : use.Length;
        }

        BlockRecord? wanted = isShared ? new BlockRecord(BlockRecord.Shared, live, first.Length)
            : live == first.Length ? null
            : new BlockRecord(state.Inodes[first.Owner].Ino, live, first.Length);
        if (wanted != known || (value is not null && known is null))
        {
            Put(first.Address, wanted);
        }
    }

    private void Put(ulong address, BlockRecord? record)
    {
        byte[] key = RepairState.Key(block => ContentKeys.Block(block, address));
        if (record is { } wanted)
        {
            byte[] value = new byte[BlockRecord.MaxSize];
            wanted.Encode(value);
            state.Journal.Put(key, value.AsSpan(0, wanted.Size));
        }
        else
        {
            state.Journal.Delete(key);
        }
    }

    /// <summary>Blocks whose last extent was dropped.</summary>
    private async ValueTask ReleaseAsync()
    {
        foreach (BlockReference block in state.Dropped.Values)
        {
            state.Journal.Batch.ReleaseBlock(block);
            await state.Journal.CommitSomeAsync();
        }

        await state.Journal.CommitAsync();
    }
}
