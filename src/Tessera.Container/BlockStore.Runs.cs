using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container;

/// <summary>Reading and writing many blocks of one slot each: a file of a scattered volume has nothing else, and its disk gets all of them at once.</summary>
public sealed partial class BlockStore
{
    /// <summary>Slots that are asked for, or handed over, at a time.</summary>
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

    /// <summary>How many blocks of a length are written at a time, of so many.</summary>
    internal int CountTogether(int bytesEach, int blocks) => bytesEach <= Geometry.UnitSize && medium.Parity is null ? Math.Min(blocks, SlotsAtOnce) : 1;

    /// <summary>Writes new blocks, <see cref="CountTogether"/> at most: as many as there is room for, from the first on.</summary>
    /// <param name="content">What is in them, one behind the other.</param>
    /// <param name="bytesEach">How much is in each; the last may have less.</param>
    /// <param name="birth">Their birth.</param>
    /// <param name="written">Takes their references.</param>
    /// <returns>How many were written.</returns>
    internal int Write(ReadOnlySpan<byte> content, int bytesEach, ulong birth, Span<BlockReference> written)
    {
        if (written.Length > 1)
        {
            return WriteTogether(content, bytesEach, birth, written);
        }

        if (Write(content[..Math.Min(bytesEach, content.Length)], birth) is not { } block)
        {
            return 0;
        }

        written[0] = block;
        return 1;
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

    private int WriteTogether(ReadOnlySpan<byte> content, int bytesEach, ulong birth, Span<BlockReference> written)
    {
        Span<long> offsets = stackalloc long[SlotsAtOnce];
        Span<ulong> addresses = stackalloc ulong[SlotsAtOnce];
        int count = 0;
        AlignedBuffer buffer = runs.Rent();
        try
        {
            while (count < written.Length && space.TryAllocate(1, SpaceUse.Data, mayUseReserve: false, out addresses[count]))
            {
                offsets[count] = SlotAddress.Offset(addresses[count]);
                count++;
            }

            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> piece = content[(i * bytesEach)..];
                Span<byte> slot = buffer.Span.Slice(i * Geometry.SlotSize, Geometry.SlotSize);
                written[i] = Seal(piece[..Math.Min(bytesEach, piece.Length)], slot) with { Address = addresses[i], Birth = birth };
            }

            medium.WriteEach(offsets[..count], buffer.Span[..(count * Geometry.SlotSize)], WriteMode.Direct);
            Interlocked.Add(ref writes, count);
            return count;
        }
        catch
        {
            foreach (ulong address in addresses[..count])
            {
                space.Return(address, 1);
            }

            throw;
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
