using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>Writes and reads chains: byte strings of any length in single slots, twice, under one-time keys (docs/format/container.md, Chains).</summary>
public sealed class ChainStore(IMedium medium, SealingKeys keys)
{
    private const int SealedLength = Geometry.SlotSize - Geometry.TagSize;

    /// <summary>How often a slot is read before its copy counts as damaged.</summary>
    private const int ReadAttempts = 2;

    /// <summary>Payload of one slot, bytes.</summary>
    public const int SlotPayload = SealedLength - sizeof(ulong);

    /// <summary>Slots one copy of a chain needs.</summary>
    public static int SlotsFor(long length) => (int)((length + SlotPayload - 1) / SlotPayload);

    /// <summary>Writes the payload to the slots given: those of copy A first, then as many of copy B.</summary>
    public ChainReference Write(ReadOnlySpan<byte> payload, string purpose, ReadOnlySpan<ulong> slots)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(ChainReference.SaltLength);
        using UnitSealer sealer = keys.OneTime(salt, purpose);
        var page = new AlignedBuffer(Geometry.SlotSize);
        int count = SlotsFor(payload.Length);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            ReadOnlySpan<ulong> own = slots.Slice(copy * count, count);
            for (int i = 0; i < count; i++)
            {
                Span<byte> body = page.Span[Geometry.TagSize..];
                body.Clear();
                BinaryPrimitives.WriteUInt64LittleEndian(body, i + 1 < count ? own[i + 1] : 0);
                ReadOnlySpan<byte> rest = payload[(i * SlotPayload)..];
                rest[..Math.Min(SlotPayload, rest.Length)].CopyTo(body[sizeof(ulong)..]);
                sealer.Seal((ulong)((i * Geometry.Copies) + copy), keys.ChainContext, body, body, page.Span[..Geometry.TagSize]);
                medium.Write(SlotAddress.Offset(own[i]), page.Span, WriteMode.Direct);
            }
        }

        return new ChainReference(slots[0], slots[count], payload.Length, salt);
    }

    /// <summary>Reads a chain from whichever copy is whole; <paramref name="visit"/> is told the slots of both copies, as far as they can be followed.</summary>
    /// <exception cref="ContainerFormatException">Neither copy is whole.</exception>
    public byte[] Read(ChainReference chain, string purpose, uint groups, Action<ulong>? visit = null)
    {
        if (chain.IsNone)
        {
            return [];
        }

        if (chain.Length is < 0 or > ChainReference.MaxLength)
        {
            throw new ContainerFormatException(FormatFault.Damaged, $"A chain claims an impossible length of {chain.Length} bytes.");
        }

        using UnitSealer sealer = SealerOf(chain, purpose);
        byte[]? whole = null;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            whole = TryRead(sealer, copy, chain, groups, visit) is { } payload ? whole ?? payload : whole;
        }

        return whole ?? throw new ContainerFormatException(FormatFault.Damaged, $"Both copies of a chain ({purpose}) are damaged.");
    }

    /// <summary>Slots of a copy of a chain, parity too, that are not what they should be; 0 also where there is no parity, or the copy cannot be read.</summary>
    internal int CountDamaged(ChainReference chain, string purpose, int copy, uint groups)
    {
        if (medium.Parity is not { } parity)
        {
            return 0;
        }

        int damaged = 0;
        using UnitSealer sealer = SealerOf(chain, purpose);
        TryRead(sealer, copy, chain, groups, visit: null, (address, stored) => damaged += parity.Mend(SlotAddress.Offset(address), stored, write: false));
        return damaged;
    }

    /// <summary>One copy of a chain; null when it is damaged.</summary>
    internal byte[]? ReadCopy(ChainReference chain, string purpose, int copy, uint groups, Action<ulong> visit)
    {
        if (chain.Length is < 0 or > ChainReference.MaxLength)
        {
            return null;
        }

        using UnitSealer sealer = SealerOf(chain, purpose);
        return TryRead(sealer, copy, chain, groups, visit);
    }

    private delegate void StoredVisitor(ulong address, ReadOnlySpan<byte> stored);

    private UnitSealer SealerOf(ChainReference chain, string purpose) => chain.IsOfKeyBefore ? keys.OneTimeBefore(chain.Salt, purpose) : keys.OneTime(chain.Salt, purpose);

    /// <summary>Null when the copy is damaged. Memory grows with what was authentic, not with the length that is claimed.</summary>
    private byte[]? TryRead(UnitSealer sealer, int copy, ChainReference chain, uint groups, Action<ulong>? visit, StoredVisitor? visitStored = null)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        using var payload = new MemoryStream();
        ulong address = copy == 0 ? chain.AddressA : chain.AddressB;
        int count = SlotsFor(chain.Length);
        for (int i = 0; i < count; i++)
        {
            if (!SlotAddress.IsRun(address, 1, groups))
            {
                return null;
            }

            visit?.Invoke(address);
            ulong counter = (ulong)((i * Geometry.Copies) + copy);
            Span<byte> body = page.Span[Geometry.TagSize..];
            if (!(TryReadSlot(address, page.Span) && sealer.TryOpen(counter, keys.ChainContext, body, page.Span[..Geometry.TagSize], body))
                && !TryRebuild(sealer, address, counter, page.Span))
            {
                return null; // The other copy may do; when it does not either, Read says so.
            }

            VisitStored(visitStored, sealer, counter, address, page.Span);

            address = BinaryPrimitives.ReadUInt64LittleEndian(body);
            payload.Write(body.Slice(sizeof(ulong), (int)Math.Min(SlotPayload, chain.Length - payload.Length)));
        }

        return payload.ToArray();
    }

    /// <summary>Shows a slot as it should lie there: what was opened, sealed again under the same counter of its one-time key, is the same bytes.</summary>
    private void VisitStored(StoredVisitor? visit, UnitSealer sealer, ulong counter, ulong address, ReadOnlySpan<byte> opened)
    {
        if (visit is not null)
        {
            byte[] stored = new byte[Geometry.SlotSize];
            sealer.Seal(counter, keys.ChainContext, opened[Geometry.TagSize..], stored.AsSpan(Geometry.TagSize), stored.AsSpan(0, Geometry.TagSize));
            visit(address, stored);
        }
    }

    /// <summary>Makes a slot anew out of its parity, and opens it.</summary>
    private bool TryRebuild(UnitSealer sealer, ulong address, ulong counter, Span<byte> page)
    {
        byte[] plain = new byte[SealedLength];
        bool isWhole = medium.Parity?.TryRebuild(
            SlotAddress.Offset(address), page, found => sealer.TryOpen(counter, keys.ChainContext, found[Geometry.TagSize..], found[..Geometry.TagSize], plain)) == true;
        plain.CopyTo(page[Geometry.TagSize..]);
        return isWhole;
    }

    /// <summary>Tries again: only this slot knows the rest of its copy, and what is not known is not given up when the chain is replaced.</summary>
    private bool TryReadSlot(ulong address, Span<byte> page)
    {
        for (int attempt = 0; attempt < ReadAttempts; attempt++)
        {
            try
            {
                medium.Read(SlotAddress.Offset(address), page);
                return true;
            }
            catch (MediumException)
            {
                // Once more, or the other copy.
            }
        }

        return false;
    }
}
