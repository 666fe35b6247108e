using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container;

/// <summary>Seals, places, writes, reads and opens blocks (docs/format/container.md, Blocks).</summary>
public sealed partial class BlockStore(IMedium medium, SealingKeys keys, SpaceMap space)
{
    /// <summary>A sealed unit followed by its tag.</summary>
    private const int Stride = Geometry.UnitSize + Geometry.TagSize;

    /// <summary>Slots of the longest block.</summary>
    internal const int MaxSlots = ((StoreLimits.MaxBlock / Geometry.UnitSize * Stride) + Geometry.SlotSize - 1) / Geometry.SlotSize;
    private const int SmallBuffer = 64 * 1024;
    private readonly AlignedBufferPool large = new(MaxSlots * Geometry.SlotSize, capacity: 4);
    private readonly AlignedBufferPool small = new(SmallBuffer, capacity: 16);
    private long writes;

    /// <summary>Longest content of a block: a unit, what fits into a stripe with its tags, or as much as a block may have.</summary>
    public int MaxLength { get; } = space.SingleSlots ? Geometry.UnitSize : space.Stripe > 1 ? space.Stripe * (Geometry.SlotSize - Geometry.TagSize) : StoreLimits.MaxBlock;

    /// <summary>Block writes that completed: they are durable after a flush that began later.</summary>
    public long CompletedWrites => Interlocked.Read(ref writes);

    /// <summary>Slots a block of this content length takes.</summary>
    public static int SlotsOf(uint length) => Geometry.SlotsFor(StoredLength((int)length));

    /// <summary>Null when there is no free run of the length.</summary>
    public BlockReference? Write(ReadOnlySpan<byte> content, ulong birth)
    {
        int slots = SlotsOf((uint)content.Length);
        if (!space.TryAllocate(slots, SpaceUse.Data, mayUseReserve: false, out ulong address))
        {
            return null;
        }

        AlignedBufferPool pool = PoolFor(slots * Geometry.SlotSize);
        AlignedBuffer buffer = pool.Rent();
        try
        {
            Span<byte> stored = buffer.Span[..(slots * Geometry.SlotSize)];
            BlockReference reference = Seal(content, stored) with { Address = address, Birth = birth };
            medium.Write(SlotAddress.Offset(address), stored, WriteMode.Direct);
            Interlocked.Increment(ref writes);
            return reference;
        }
        catch
        {
            space.Return(address, slots);
            throw;
        }
        finally
        {
            pool.Return(buffer);
        }
    }

    /// <summary>An empty list of changes of the space that blocks are placed in.</summary>
    internal SpaceChanges NewChanges() => space.NewChanges();

    public void Discard(BlockReference block) => space.Return(block.Address, SlotsOf(block.Length));

    /// <summary>Reads a range of a block's content.</summary>
    /// <exception cref="StoreDamageException">A unit does not authenticate, or the reference makes no sense.</exception>
    public void Read(BlockReference block, int offset, Span<byte> destination)
    {
        UnitSealer sealer = Check(block);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + destination.Length, block.Length, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.Length > 0)
        {
            int firstUnit = offset >> Geometry.UnitShift;
            int endUnit = (offset + destination.Length + Geometry.UnitSize - 1) >> Geometry.UnitShift;
            try
            {
                ReadUnits(block, sealer, firstUnit, endUnit, offset, destination);
            }
            catch (StoreDamageException) when (medium.Parity is not null)
            {
                ReadRebuilt(block, sealer, offset, destination);
            }
        }
    }

    /// <summary>Whether every unit of the block authenticates.</summary>
    public bool Verify(BlockReference block)
    {
        byte[] scratch = new byte[block.Length > StoreLimits.MaxBlock ? 0 : block.Length];
        try
        {
            Read(block, 0, scratch);
            return scratch.Length > 0;
        }
        catch (StoreDamageException)
        {
            return false;
        }
    }

    /// <summary>Reads a block as it is stored, whole slots, and authenticates every unit of it.</summary>
    /// <param name="block">The block.</param>
    /// <param name="stored">Takes the slots: <see cref="SlotsOf"/> of them.</param>
    /// <exception cref="StoreDamageException">A unit does not authenticate, or the reference makes no sense.</exception>
    internal void ReadStored(BlockReference block, Span<byte> stored)
    {
        UnitSealer sealer = Check(block);
        StoreDamageException? damage = null;
        try
        {
            ReadStored(block, 0, stored);
            damage = DamageOf(block, sealer, stored);
        }
        catch (StoreDamageException unreadable)
        {
            damage = unreadable;
        }

        if (damage is not null && !TryRebuild(block, sealer, stored))
        {
            throw damage;
        }
    }

    /// <summary>Makes the slots of a block anew out of their parity.</summary>
    private bool TryRebuild(BlockReference block, UnitSealer sealer, Span<byte> stored) =>
        medium.Parity?.TryRebuild(SlotAddress.Offset(block.Address), stored, found => DamageOf(block, sealer, found) is null) == true;

    /// <summary>The slow way: the whole block, made anew out of its parity.</summary>
    private void ReadRebuilt(BlockReference block, UnitSealer sealer, int offset, Span<byte> destination)
    {
        var stored = new AlignedBuffer(SlotsOf(block.Length) * Geometry.SlotSize);
        if (!TryRebuild(block, sealer, stored.Span))
        {
            throw new StoreDamageException($"A block is damaged, and more of it than its parity can make good (address {block.Address:x}).");
        }

        Span<byte> singleTag = stackalloc byte[Geometry.TagSize];
        block.Tag.Write(singleTag);
        while (destination.Length > 0)
        {
            (int unit, int skip) = Math.DivRem(offset, Geometry.UnitSize);
            int length = (int)Math.Min(Geometry.UnitSize, block.Length - (unit << Geometry.UnitShift));
            int wanted = Math.Min(length - skip, destination.Length);
            OpenUnit(block, sealer, unit, CipherOf(stored.Span, unit, length), TagOf(block, stored.Span, unit, length, singleTag), skip, destination[..wanted]);
            destination = destination[wanted..];
            offset += wanted;
        }
    }

    /// <summary>The first unit that does not authenticate; null when all do.</summary>
    private StoreDamageException? DamageOf(BlockReference block, UnitSealer sealer, ReadOnlySpan<byte> stored)
    {
        Span<byte> plain = stackalloc byte[Geometry.UnitSize];
        Span<byte> singleTag = stackalloc byte[Geometry.TagSize];
        block.Tag.Write(singleTag);
        int units = (int)((block.Length + Geometry.UnitSize - 1) >> Geometry.UnitShift);
        for (int unit = 0; unit < units; unit++)
        {
            int length = (int)Math.Min(Geometry.UnitSize, block.Length - (unit << Geometry.UnitShift));
            if (!sealer.TryOpen(block.Counter + (ulong)unit, keys.BlockContext, CipherOf(stored, unit, length), TagOf(block, stored, unit, length, singleTag), plain[..length]))
            {
                return Damaged(block, unit);
            }
        }

        CryptographicOperations.ZeroMemory(plain);
        return null;
    }

    private static ReadOnlySpan<byte> CipherOf(ReadOnlySpan<byte> stored, int unit, int length) => stored.Slice(unit * Stride, length);

    private static ReadOnlySpan<byte> TagOf(BlockReference block, ReadOnlySpan<byte> stored, int unit, int length, ReadOnlySpan<byte> singleTag) =>
        block.Length <= Geometry.UnitSize ? singleTag : stored.Slice((unit * Stride) + length, Geometry.TagSize);

    private static StoreDamageException Damaged(BlockReference block, int unit) => new($"A block is damaged (address {block.Address:x}, unit {unit}).");

    private static int StoredLength(int length)
    {
        int units = (length + Geometry.UnitSize - 1) >> Geometry.UnitShift;
        return units == 1 ? length : length + (units * Geometry.TagSize);
    }

    private AlignedBufferPool PoolFor(int length) => length <= SmallBuffer ? small : large;

    private BlockReference Seal(ReadOnlySpan<byte> content, Span<byte> stored)
    {
        UnitSealer sealer = keys.Data(keys.CurrentSession)!;
        int units = (content.Length + Geometry.UnitSize - 1) >> Geometry.UnitShift;
        ulong counter = keys.TakeCounters(units);
        Span<byte> tag = stackalloc byte[Geometry.TagSize];
        tag.Clear();
        if (units == 1)
        {
            sealer.Seal(counter, keys.BlockContext, content, stored[..content.Length], tag);
        }
        else
        {
            for (int unit = 0; unit < units; unit++)
            {
                ReadOnlySpan<byte> plain = content[(unit << Geometry.UnitShift)..];
                plain = plain[..Math.Min(plain.Length, Geometry.UnitSize)];
                Span<byte> target = stored[(unit * Stride)..];
                sealer.Seal(counter + (ulong)unit, keys.BlockContext, plain, target[..plain.Length], target.Slice(plain.Length, Geometry.TagSize));
            }
        }

        Pad(stored[StoredLength(content.Length)..]);
        return new BlockReference
        {
            Counter = counter,
            Session = keys.CurrentSession,
            Length = (uint)content.Length,
            Algorithm = (byte)keys.Algorithm,
            UnitShift = Geometry.UnitShift,
            Tag = units == 1 ? SealTag.Read(tag) : default,
        };
    }

    /// <summary>The rest of the last slot would show the length: noise hides it.</summary>
    private void Pad(Span<byte> rest)
    {
        if (keys.Algorithm == SealAlgorithm.Checksum)
        {
            rest.Clear();
        }
        else
        {
            RandomNumberGenerator.Fill(rest);
        }
    }

    private UnitSealer Check(BlockReference block)
    {
        bool sane = block.Length is > 0 and <= StoreLimits.MaxBlock
            && block.UnitShift == Geometry.UnitShift
            && SlotAddress.IsRun(block.Address, SlotsOf(block.Length), space.Groups);
        return sane && keys.Data(block.Session) is { } sealer
            ? sealer
            : throw new StoreDamageException($"A block reference makes no sense (address {block.Address:x}, length {block.Length}, session {block.Session}).");
    }

    private void ReadUnits(BlockReference block, UnitSealer sealer, int firstUnit, int endUnit, int offset, Span<byte> destination)
    {
        bool single = block.Length <= Geometry.UnitSize;
        long start = single ? 0 : (long)firstUnit * Stride;
        long end = single ? block.Length : Math.Min((long)endUnit * Stride, StoredLength((int)block.Length));
        long alignedStart = start & ~(long)(Geometry.SlotSize - 1);
        int alignedLength = Geometry.SlotsFor(end - alignedStart) * Geometry.SlotSize;
        AlignedBufferPool pool = PoolFor(alignedLength);
        AlignedBuffer buffer = pool.Rent();
        try
        {
            ReadStored(block, alignedStart, buffer.Span[..alignedLength]);
            ReadOnlySpan<byte> stored = buffer.Span[(int)(start - alignedStart)..];
            Span<byte> singleTag = stackalloc byte[Geometry.TagSize];
            block.Tag.Write(singleTag);
            for (int unit = firstUnit; unit < endUnit; unit++)
            {
                int unitStart = unit << Geometry.UnitShift;
                int unitLength = (int)Math.Min(Geometry.UnitSize, block.Length - unitStart);
                ReadOnlySpan<byte> cipher = stored[..unitLength];
                ReadOnlySpan<byte> tag = single ? singleTag : stored.Slice(unitLength, Geometry.TagSize);
                int skip = Math.Max(0, offset - unitStart);
                int wanted = Math.Min(unitLength - skip, destination.Length);
                OpenUnit(block, sealer, unit, cipher, tag, skip, destination[..wanted]);
                destination = destination[wanted..];
                offset += wanted;
                stored = single ? default : stored[Math.Min(stored.Length, Stride)..];
            }
        }
        finally
        {
            pool.Return(buffer);
        }
    }

    private void ReadStored(BlockReference block, long start, Span<byte> buffer)
    {
        try
        {
            medium.Read(SlotAddress.Offset(block.Address) + start, buffer);
        }
        catch (MediumException fault)
        {
            throw new StoreDamageException($"A block cannot be read (address {block.Address:x}, offset {start}): {fault.Message}", fault);
        }
    }

    private void OpenUnit(BlockReference block, UnitSealer sealer, int unit, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, int skip, Span<byte> destination)
    {
        ulong counter = block.Counter + (ulong)unit;
        bool authentic;
        if (destination.Length == cipher.Length)
        {
            authentic = sealer.TryOpen(counter, keys.BlockContext, cipher, tag, destination);
        }
        else
        {
            Span<byte> whole = stackalloc byte[Geometry.UnitSize];
            authentic = sealer.TryOpen(counter, keys.BlockContext, cipher, tag, whole[..cipher.Length]);
            whole.Slice(skip, destination.Length).CopyTo(destination);
        }

        if (!authentic)
        {
            throw Damaged(block, unit);
        }
    }
}
