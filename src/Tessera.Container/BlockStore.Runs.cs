using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container;

/// <summary>Reading many blocks of one slot each: a file of a scattered volume has nothing else, and its disk is asked for all of them at once.</summary>
public sealed partial class BlockStore
{
    /// <summary>Slots that are asked for at a time.</summary>
    private const int SlotsAtOnce = 64;

    /// <summary>Buffers kept: 4 MiB at most.</summary>
    private const int RunBuffersKept = 16;
    private readonly AlignedBufferPool runs = new(SlotsAtOnce * Geometry.SlotSize, RunBuffersKept);

    /// <summary>Reads all of each of several blocks, one behind the other.</summary>
    /// <exception cref="StoreDamageException">Of one of them a unit does not authenticate, or the reference makes no sense.</exception>
    internal void ReadRun(ReadOnlySpan<BlockReference> blocks, Span<byte> destination)
    {
        while (blocks.Length > 0)
        {
            int count = medium.Parity is null ? CountSingle(blocks) : 0;
            int done = count > 1 ? ReadTogether(blocks[..count], destination) : ReadOne(blocks[0], destination);
            blocks = blocks[Math.Max(count, 1)..];
            destination = destination[done..];
        }
    }

    private static int CountSingle(ReadOnlySpan<BlockReference> blocks)
    {
        int count = 0;
        while (count < Math.Min(blocks.Length, SlotsAtOnce) && blocks[count].Length <= Geometry.UnitSize)
        {
            count++;
        }

        return count;
    }

    private int ReadOne(BlockReference block, Span<byte> destination)
    {
        Read(block, 0, destination[..(int)block.Length]);
        return (int)block.Length;
    }

    private int ReadTogether(ReadOnlySpan<BlockReference> blocks, Span<byte> destination)
    {
        Span<long> offsets = stackalloc long[SlotsAtOnce];
        for (int i = 0; i < blocks.Length; i++)
        {
            Check(blocks[i]);
            offsets[i] = SlotAddress.Offset(blocks[i].Address);
        }

        AlignedBuffer buffer = runs.Rent();
        try
        {
            Span<byte> stored = buffer.Span[..(blocks.Length * Geometry.SlotSize)];
            return TryReadSlots(offsets[..blocks.Length], stored) ? OpenEach(blocks, stored, destination) : ReadInTurn(blocks, destination);
        }
        finally
        {
            runs.Return(buffer);
        }
    }

    private bool TryReadSlots(ReadOnlySpan<long> offsets, Span<byte> stored)
    {
        try
        {
            medium.ReadEach(offsets, stored);
            return true;
        }
        catch (MediumException)
        {
            return false; // Read one by one, it is told which of them it is.
        }
    }

    private int ReadInTurn(ReadOnlySpan<BlockReference> blocks, Span<byte> destination)
    {
        int done = 0;
        foreach (BlockReference block in blocks)
        {
            done += ReadOne(block, destination[done..]);
        }

        return done;
    }

    private int OpenEach(ReadOnlySpan<BlockReference> blocks, ReadOnlySpan<byte> stored, Span<byte> destination)
    {
        Span<byte> tag = stackalloc byte[Geometry.TagSize];
        int done = 0;
        for (int i = 0; i < blocks.Length; i++)
        {
            BlockReference block = blocks[i];
            UnitSealer sealer = Check(block);
            int length = (int)block.Length;
            block.Tag.Write(tag);
            OpenUnit(block, sealer, 0, stored.Slice(i * Geometry.SlotSize, length), tag, 0, destination.Slice(done, length));
            done += length;
        }

        return done;
    }
}
