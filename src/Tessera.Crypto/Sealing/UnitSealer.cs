using System.Runtime.CompilerServices;

namespace Tessera.Crypto;

/// <summary>
/// Seals and opens units of data under one key. Thread-safe. A counter must never be used twice for <see cref="Seal"/> under one key.
/// </summary>
/// <remarks>
/// The nonce of 96 bits is four zero bytes and then the counter as eight bytes, most significant first. Nothing is allocated per call once
/// as many contexts exist as threads call at the same time. Not to be disposed while a call runs.
/// </remarks>
public abstract class UnitSealer : IDisposable
{
    /// <summary>Bytes of every tag.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes of every key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of the nonce that a counter becomes.</summary>
    public const int NonceSize = 12;

    /// <summary>Seals <paramref name="plain"/> under the nonce <paramref name="counter"/>.</summary>
    /// <param name="counter">Never used before under this key.</param>
    /// <param name="associated">Authenticated, not stored: what the unit is and where it belongs. May be empty.</param>
    /// <param name="plain">May be empty. May be the same memory as <paramref name="cipher"/>, but must not overlap it otherwise.</param>
    /// <param name="cipher">As long as <paramref name="plain"/>.</param>
    /// <param name="tag"><see cref="TagSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the buffers overlap without being the same.</exception>
    public abstract void Seal(ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag);

    /// <summary>Opens a sealed unit.</summary>
    /// <returns>False when authentication fails; then <paramref name="plain"/> holds zeros, never unauthenticated bytes.</returns>
    /// <inheritdoc cref="Seal"/>
    public abstract bool TryOpen(
        ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain);

    /// <summary>Zeroes the key and everything made from it.</summary>
    public abstract void Dispose();

    private protected static void CheckBuffers(ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, ReadOnlySpan<byte> tag)
    {
        if (input.Length != output.Length || tag.Length != TagSize || (input.Overlaps(output, out int offset) && offset != 0))
        {
            ThrowBadBuffers();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowBadBuffers()
    {
#pragma warning disable MA0015 // No single argument is at fault: the buffers do not fit each other.
        throw new ArgumentException("Plain and sealed bytes must have one length and be the same or separate memory; the tag has 16 bytes.");
#pragma warning restore MA0015
    }
}
