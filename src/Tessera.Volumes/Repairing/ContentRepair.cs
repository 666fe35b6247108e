using System.Collections;
using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Damage;

namespace Tessera.Volumes.Repairing;

/// <summary>Bytes that are gone become lost extents, which cannot be read until they are written anew; what is whole of a damaged block moves to a new one.
/// Ordinary edits of files: the volume is in order before and after each.</summary>
internal sealed class ContentRepair(RepairState state)
{
    private const int LiveOffset = 40;
    private const int BlockBytesOffset = 104;
    private const int InlineOffset = 112;
    private readonly ExtentEditor editor = new(state.Store, new BlockLocks());
    private readonly DamagedUnits units = new(state.Store);
    private readonly AddressSet whole = new();
    private readonly HashSet<ulong> damagedBlocks = [];
    private readonly byte[] buffer = new byte[state.Store.MaxBlockLength];

    /// <summary>Bytes of blocks read.</summary>
    public long BytesRead { get; private set; }

    public async ValueTask RunAsync(Action tick)
    {
        foreach ((ulong ino, long start, long end) in state.Gaps)
        {
            for (long at = start; at < end; at += Extent.MaxLost)
            {
                await EditAsync(ino, [NewExtent.Lost(at, Math.Min(end, at + Extent.MaxLost))]);
            }

            Lose(ino, start, end);
        }

        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync([(byte)KeyTag.Extent]))
        {
            if (VolumeBlocks.TryReadBlock(key, value, out BlockReference block) && await DamageOfAsync(block) is { } damaged)
            {
                await MoveAsync(VolumeKeys.InoOf(key), Extent.Decode(key, value), damaged);
            }

            tick();
        }
    }

    /// <summary>The units of a block that cannot be read; null when all can.</summary>
    private async ValueTask<BitArray?> DamageOfAsync(BlockReference block)
    {
        if (damagedBlocks.Contains(block.Address))
        {
            return await units.OfAsync(block);
        }

        if (!whole.Add(block.Address))
        {
            return null;
        }

        try
        {
            await state.Store.ReadBlockAsync(block, 0, buffer.AsMemory(0, (int)block.Length));
            BytesRead += block.Length;
            return null;
        }
        catch (StoreDamageException)
        {
            damagedBlocks.Add(block.Address);
            return await units.OfAsync(block);
        }
    }

    /// <summary>Lays new blocks and lost ranges over an extent, unit by unit.</summary>
    private async ValueTask MoveAsync(ulong ino, Extent extent, BitArray damaged)
    {
        List<NewExtent> pieces = [];
        long at = extent.Start;
        foreach ((long start, long end) in DamageLocator.LostOf(extent, damaged).Append((extent.End, extent.End)))
        {
            if (start > at)
            {
                pieces.Add(await CopyAsync(extent.Slice(at, start)));
            }

            if (end > start)
            {
                pieces.Add(NewExtent.Lost(start, end));
                Lose(ino, start, end);
            }

            at = end;
        }

        await EditAsync(ino, pieces);
    }

    private async ValueTask<NewExtent> CopyAsync(Extent piece)
    {
        Memory<byte> content = buffer.AsMemory(0, piece.Length);
        await state.Store.ReadBlockAsync(piece.Block, piece.BlockOffset, content);
        BlockReference block = await state.Store.WriteBlockAsync(content)
            ?? throw new IOException("There is no room for what is whole of damaged blocks. Make the volume, or the disk beneath it, larger, and repair again.");
        return new NewExtent(new Extent { Start = piece.Start, End = piece.End, Kind = ExtentKind.Block, Block = block }, default, BlockClaim.Unclaimed);
    }

    private async ValueTask EditAsync(ulong ino, List<NewExtent> pieces)
    {
        StoreBatch batch = state.Journal.Batch;
        await state.Journal.CommitAsync();
        editor.Begin(ino, long.MaxValue, batch);
        foreach (NewExtent piece in pieces)
        {
            if (await editor.ReplaceAsync(piece) < piece.Extent.End)
            {
                throw new StoreDamageException($"Lost bytes of inode {ino} do not fit a batch.");
            }
        }

        await editor.FinishAsync();
        byte[] key = RepairState.Key(inode => VolumeKeys.Inode(inode, ino));
        batch.Add(key, LiveOffset, editor.LiveDelta);
        batch.Add(key, BlockBytesOffset, editor.BlockBytesDelta);
        batch.Add(key, InlineOffset, editor.InlineDelta);
        editor.End();
        await state.Journal.CommitAsync();
    }

    private void Lose(ulong ino, long start, long end) => state.Journal.Lose(new VolumeLoss(
        "bytes-lost", ino, Path: null, $"Bytes {start} to {end - 1} of inode {ino} are lost: reading them fails until they are written anew.", start, end));
}
