using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Container.Parity;

/// <summary>Hides that a slot follows from others: parity of few slots, and the copies of a slot of the log, would tell which slots belong together (docs/format/parity.md, What shows).</summary>
/// <remarks>It is no seal: what lies beneath is sealed, or parity of what is. The key stream of a place is always the same.</remarks>
internal sealed class StripeMask : IDisposable
{
    private readonly UnitSealer stream;

    public StripeMask(ReadOnlySpan<byte> layoutKey)
    {
        Span<byte> key = stackalloc byte[UnitSealer.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, layoutKey, key, default, "tessera stripe mask"u8);
        stream = UnitSealers.Create(SealAlgorithm.Aes256Gcm, key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Puts the mask of a place on a slot, or takes it off.</summary>
    /// <param name="place">The slot of the medium.</param>
    /// <param name="slot">From its beginning on, at most a slot.</param>
    public void Apply(long place, Span<byte> slot)
    {
        Span<byte> tag = stackalloc byte[UnitSealer.TagSize];
        stream.Seal((ulong)place, default, slot, slot, tag);
    }

    /// <summary>The mask of a place itself.</summary>
    public void Fill(long place, Span<byte> slot)
    {
        slot.Clear();
        Apply(place, slot);
    }

    public void Dispose() => stream.Dispose();
}
