using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>What only a slot of kind <see cref="KeySlotKind.OuterRecovery"/> has (docs/format/keys.md, section 4): a public key drawn for this wrapping, and a mark by which who has the volume
/// key knows to whom it is sealed.</summary>
internal static class OuterSlot
{
    private const string KeyPurpose = "outer recovery slot";
    private const string MarkPurpose = "outer recovery mark";
    private const int EphemeralAt = 0;
    private const int MarkAt = 68;
    private const int MarkEnd = MarkAt + HMACSHA256.HashSizeInBytes;
    private const int SharedSize = 32;

    /// <summary>Whether the bytes beyond the known ones are within their limits. That the key is a point of the curve is found out when it is used.</summary>
    public static bool IsValid(ReadOnlySpan<byte> extra) =>
        extra[EphemeralAt] == RecoveryKeyPair.Uncompressed
        && !extra[(EphemeralAt + RecoveryKeyPair.PublicKeySize)..MarkAt].ContainsAnyExcept((byte)0)
        && !extra[MarkEnd..].ContainsAnyExcept((byte)0);

    /// <summary>Writes a new ephemeral key and the mark into a slot whose salt is drawn, and gives the key under which the slot wraps.</summary>
    /// <exception cref="CryptographicException">The recipient's key is none of P-256.</exception>
    public static SecretBytes Seal(KeySlot slot, SecretBytes volumeKey, ReadOnlySpan<byte> recipient)
    {
        using RecoveryKeyPair ephemeral = RecoveryKeyPair.Create();
        ephemeral.PublicKey.CopyTo(slot.Extra[EphemeralAt..]);
        Mark(slot, volumeKey, recipient, slot.Extra[MarkAt..MarkEnd]);
        return TryWrappingKey(slot, ephemeral, recipient, recipient, out SecretBytes? key) ? key : throw new CryptographicException("The recovery key of the outer volume is no key.");
    }

    /// <summary>The key under which the slot wraps, by the recipient's private key; null when the slot's key is no point of the curve.</summary>
    public static SecretBytes? Open(KeySlot slot, RecoveryKeyPair recipient) =>
        TryWrappingKey(slot, recipient, slot.Extra.Slice(EphemeralAt, RecoveryKeyPair.PublicKeySize), recipient.PublicKey, out SecretBytes? key) ? key : null;

    /// <summary>Whether the slot is sealed to this key.</summary>
    public static bool IsFor(KeySlot slot, SecretBytes volumeKey, ReadOnlySpan<byte> recipient)
    {
        Span<byte> mark = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Mark(slot, volumeKey, recipient, mark);
        return CryptographicOperations.FixedTimeEquals(mark, slot.Extra[MarkAt..MarkEnd]);
    }

    private static void Mark(KeySlot slot, SecretBytes volumeKey, ReadOnlySpan<byte> recipient, Span<byte> mark)
    {
        using var key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(volumeKey, slot.Salt, MarkPurpose, key.Span);
        HMACSHA256.HashData(key.Span, recipient, mark);
    }

    /// <summary>HKDF(Z ‖ E ‖ P): both public keys are in it, because Z alone is the same for E and −E.</summary>
    private static bool TryWrappingKey(
        KeySlot slot, RecoveryKeyPair mine, ReadOnlySpan<byte> theirs, ReadOnlySpan<byte> recipient, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SecretBytes? key)
    {
        key = null;
        using var input = new SecretBytes(SharedSize + (2 * RecoveryKeyPair.PublicKeySize));
        if (!mine.TryAgree(theirs, input.Span[..SharedSize]))
        {
            return false;
        }

        slot.Extra.Slice(EphemeralAt, RecoveryKeyPair.PublicKeySize).CopyTo(input.Span[SharedSize..]);
        recipient.CopyTo(input.Span[(SharedSize + RecoveryKeyPair.PublicKeySize)..]);
        key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(input, slot.Salt, KeyPurpose, key.Span);
        return true;
    }
}
