using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>A key of 32 bytes sealed under another with AES-256-GCM: nonce 12 ‖ ciphertext 32 ‖ tag 16.</summary>
/// <remarks>In a key header the wrapping key is new for every wrapping (fresh salt). In hidden slots it wraps as often as a passphrase is set on one salt: for
/// random nonces of 96 bits that is next to never.</remarks>
internal static class WrappedKey
{
    public const int Size = NonceSize + KeySize + TagSize;
    public const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static void Wrap(SecretBytes wrappingKey, ReadOnlySpan<byte> associated, SecretBytes key, Span<byte> wrapped)
    {
        RandomNumberGenerator.Fill(wrapped[..NonceSize]);
        using (var gcm = new AesGcm(wrappingKey.Span, TagSize))
        {
            gcm.Encrypt(wrapped[..NonceSize], key.Span, Ciphertext(wrapped), Tag(wrapped), associated);
        }

        // A key that cannot be unwrapped again is a lost volume: find out now, not at the next mount.
        if (!TryUnwrap(wrappingKey, associated, wrapped, out SecretBytes? again))
        {
            throw new CryptographicException("A wrapped key does not open again.");
        }

        using (again)
        {
            if (!again.FixedTimeEquals(key))
            {
                throw new CryptographicException("A wrapped key opens as another.");
            }
        }
    }

    public static bool TryUnwrap(
        SecretBytes wrappingKey,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> wrapped,
        [NotNullWhen(true)] out SecretBytes? key)
    {
        var opened = new SecretBytes(KeySize);
        using var gcm = new AesGcm(wrappingKey.Span, TagSize);
        try
        {
            gcm.Decrypt(
                wrapped[..NonceSize], wrapped.Slice(NonceSize, KeySize), wrapped.Slice(NonceSize + KeySize, TagSize), opened.Span, associated);
            key = opened;
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // The wrapping key comes from a wrong passphrase: an outcome, not a fault.
            opened.Dispose();
            key = null;
            return false;
        }
    }

    private static Span<byte> Ciphertext(Span<byte> wrapped) => wrapped.Slice(NonceSize, KeySize);

    private static Span<byte> Tag(Span<byte> wrapped) => wrapped.Slice(NonceSize + KeySize, TagSize);
}
