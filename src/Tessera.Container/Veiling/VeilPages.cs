using System.Security.Cryptography;
using System.Text;
using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Container.Veiling;

/// <summary>One copy of the veil, opened: the header and key slots it hides, and the hidden slots of both copies (docs/format/scattered.md, The veil).</summary>
/// <param name="Logical">The header's page and the key slots, as an ordinary container has them: <see cref="LogicalLength"/> bytes.</param>
/// <param name="Keys">The hidden slots, this copy's and the other's: each copy can make the other anew.</param>
internal sealed record VeilPages(byte[] Logical, HiddenKeys Keys)
{
    /// <summary>Bytes of the nine fixed slots from the header to the last key slot, veiled or not.</summary>
    public const int LogicalLength = Geometry.SlotSize + Geometry.KeySlotsLength;

    /// <summary>Of the header's page only so much is stored, and the digest at its end is made anew: what the seal takes must come from somewhere.</summary>
    private const int StoredHeader = 1024;
    private const int SaltAt = HiddenSlots.Size;
    private const int TagAt = SaltAt + UnitSealer.KeySize;
    private const int SealedAt = TagAt + UnitSealer.TagSize;
    private const int SealedLength = LogicalLength - SealedAt;
    private const int OtherAt = StoredHeader + Geometry.KeySlotsLength;

    /// <summary>Seals a copy under a one-time key of a fresh salt.</summary>
    public void Seal(int copy, ReadOnlySpan<byte> volumeKey, Span<byte> stored)
    {
        Keys.Of(copy).Image.CopyTo(stored);
        Span<byte> salt = stored[SaltAt..TagAt];
        RandomNumberGenerator.Fill(salt);
        byte[] plain = new byte[SealedLength];
        Logical.AsSpan(0, StoredHeader).CopyTo(plain);
        Logical.AsSpan(Geometry.SlotSize).CopyTo(plain.AsSpan(StoredHeader));
        Keys.Of(1 - copy).Image.CopyTo(plain.AsSpan(OtherAt));
        using UnitSealer sealer = SealerOf(volumeKey, salt);
        sealer.Seal(0, Associated(copy, stored), plain, stored[SealedAt..LogicalLength], stored[TagAt..SealedAt]);
    }

    /// <summary>Null when the copy does not open: damaged, torn, another volume's, or noise.</summary>
    public static VeilPages? TryOpen(int copy, ReadOnlySpan<byte> volumeKey, ReadOnlySpan<byte> stored)
    {
        byte[] plain = new byte[SealedLength];
        using UnitSealer sealer = SealerOf(volumeKey, stored[SaltAt..TagAt]);
        if (!sealer.TryOpen(0, Associated(copy, stored), stored[SealedAt..LogicalLength], stored[TagAt..SealedAt], plain))
        {
            return null;
        }

        byte[] logical = new byte[LogicalLength];
        plain.AsSpan(0, StoredHeader).CopyTo(logical);
        ContainerHeader.WriteDigest(logical);
        plain.AsSpan(StoredHeader, Geometry.KeySlotsLength).CopyTo(logical.AsSpan(Geometry.SlotSize));
        var own = new HiddenSlots(stored[..HiddenSlots.Size]);
        var other = new HiddenSlots(plain.AsSpan(OtherAt, HiddenSlots.Size));
        return new VeilPages(logical, copy == 0 ? new HiddenKeys(own, other) : new HiddenKeys(other, own));
    }

    /// <summary>The letter, the copy, and its hidden slots: none of them can be exchanged without breaking the seal.</summary>
    private static byte[] Associated(int copy, ReadOnlySpan<byte> stored) => [(byte)'V', (byte)copy, .. stored[..HiddenSlots.Size]];

    private static UnitSealer SealerOf(ReadOnlySpan<byte> volumeKey, ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[UnitSealer.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, volumeKey, key, salt, Encoding.ASCII.GetBytes("tessera veil"));
        UnitSealer sealer = UnitSealers.Create(SealAlgorithm.Aes256Gcm, key);
        CryptographicOperations.ZeroMemory(key);
        return sealer;
    }
}
