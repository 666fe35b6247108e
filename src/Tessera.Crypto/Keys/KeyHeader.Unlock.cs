using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <content>Opening: from a passphrase or code to the volume key, and the proof that the header is the volume's own.</content>
public sealed partial class KeyHeader
{
    private const string RecoverySlotPurpose = "recovery slot";
    private const string DeviceSlotPurpose = "device slot";
    private const string HybridSlotPurpose = "hybrid slot";
    private const string Fido2SlotPurpose = "fido2 slot";
    private const string Fido2HybridSlotPurpose = "fido2 hybrid slot";
    private const string PrivateKeyPurpose = "recovery private key";
    private const int SlotAssociatedSize = VolumeIdSize + (7 * sizeof(uint));
    private const int MaxSlotAssociatedSize = SlotAssociatedSize + KeySlot.Size - KeySlot.KnownEnd;
    private const int PrivateKeyAssociatedSize = VolumeIdSize + RecoveryKeyPair.PublicKeySize;

    /// <summary>Tries what is offered on every slot that takes it: a device key alone, a recovery code typed in the place of a passphrase, a passphrase
    /// alone, both together, an authenticator.</summary>
    /// <param name="input">A passphrase or the text of a recovery code; a device key; authenticators; or several of these. Slots of an authenticator alone are
    /// tried when it is offered without a passphrase, those of both when it is offered with one: nobody is made to touch it twice.</param>
    /// <param name="volumeKey">The volume key, to be disposed; null unless true is returned.</param>
    /// <param name="slot">The slot that opened; −1 if none did.</param>
    /// <returns>False when no slot opens. Each slot with a passphrase costs one derivation.</returns>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>: a slot opened, but the header is not authentic.</exception>
    /// <exception cref="Argon2MemoryException">The machine has too little free memory for a slot's parameters.</exception>
    public bool TryUnlock(KeyCredential input, [NotNullWhen(true)] out SecretBytes? volumeKey, out int slot)
    {
        if (input.Passphrase is { } text && RecoveryCode.TryParse(text, out RecoveryCode? code, out _))
        {
            using (code)
            {
                if (TryUnlockWithCode(code, out volumeKey, out slot))
                {
                    return true;
                }
            }
        }

        // From what costs nothing to what somebody has to touch.
        foreach (KeySlotKind kind in (ReadOnlySpan<KeySlotKind>)[KeySlotKind.Device, KeySlotKind.Passphrase, KeySlotKind.Hybrid, KeySlotKind.Fido2])
        {
            if (PartFor(kind, input) is { } part && TryUnlockKind(part, out volumeKey, out slot))
            {
                return Authenticated(volumeKey);
            }
        }

        (volumeKey, slot) = (null, -1);
        return false;
    }

    /// <summary>Opens the recovery slot.</summary>
    /// <inheritdoc cref="TryUnlock"/>
    public bool TryUnlockWithCode(RecoveryCode code, [NotNullWhen(true)] out SecretBytes? volumeKey, out int slot)
    {
        slot = RecoverySlot;
        if (slot >= 0)
        {
            using SecretBytes wrappingKey = CodeWrappingKey(code, SlotAt(slot).Salt);
            if (TryUnwrapSlot(_image, slot, wrappingKey, out volumeKey))
            {
                return Authenticated(volumeKey);
            }
        }

        (volumeKey, slot) = (null, -1);
        return false;
    }

    /// <summary>Opens the private recovery key, with which things sealed to <see cref="RecoveryPublicKey"/> are opened.</summary>
    /// <returns>False when the code is not this volume's.</returns>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>: the header, or its public key, is not authentic.</exception>
    public bool TryOpenRecoveryKey(RecoveryCode code, [NotNullWhen(true)] out RecoveryKeyPair? pair)
    {
        pair = null;
        if (!TryUnlockWithCode(code, out SecretBytes? volumeKey, out int slot))
        {
            return false;
        }

        volumeKey.Dispose();
        using SecretBytes codeKey = CodeWrappingKey(code, SlotAt(slot).Salt);
        using SecretBytes wrappingKey = PrivateKeyWrappingKey(codeKey, VolumeId);
        Span<byte> associated = stackalloc byte[PrivateKeyAssociatedSize];
        WritePrivateKeyAssociated(_image, associated);
        ReadOnlySpan<byte> wrapped = _image.AsSpan(KeyHeaderLayout.PrivateKeyAt, WrappedKey.Size);
        if (WrappedKey.TryUnwrap(wrappingKey, associated, wrapped, out SecretBytes? privateKey))
        {
            using (privateKey)
            {
                if (RecoveryKeyPair.TryFromPrivateKey(privateKey.Span, out pair) && pair.PublicKey.SequenceEqual(RecoveryPublicKey))
                {
                    return true;
                }
            }
        }

        pair?.Dispose();
        throw new KeyHeaderException(KeyHeaderFault.Tampered);
    }

    private int RecoverySlot => FindSlot(KeySlotKind.RecoveryCode);

    /// <summary>Of what is offered, exactly what a kind of slot takes; null when something is missing.</summary>
    private static KeyCredential? PartFor(KeySlotKind kind, KeyCredential input) => kind switch
    {
        KeySlotKind.Device when input.Device is not null => new KeyCredential(passphrase: null, input.Device),
        KeySlotKind.Passphrase when input.Passphrase is not null => input.Passphrase,
        KeySlotKind.Hybrid when input is { Passphrase: not null, Device: not null } => new KeyCredential(input.Passphrase, input.Device),
        KeySlotKind.Fido2 when input.Fido2 is not null => new KeyCredential(input.Passphrase, device: null, input.Fido2),
        _ => null,
    };

    private bool TryUnlockKind(KeyCredential credential, [NotNullWhen(true)] out SecretBytes? volumeKey, out int slot)
    {
        for (slot = 0; slot < SlotCount; slot++)
        {
            KeySlot bytes = SlotAt(slot);
            if (bytes.Kind == credential.Kind && bytes.Kdf == (credential.Passphrase is null ? KeySlot.KdfHkdf : KeySlot.KdfArgon2id))
            {
                using SecretBytes? wrappingKey = CredentialWrappingKey(credential, bytes);
                if (wrappingKey is not null && TryUnwrapSlot(_image, slot, wrappingKey, out volumeKey))
                {
                    return true;
                }
            }
        }

        (volumeKey, slot) = (null, -1);
        return false;
    }

    /// <summary>The key under which a slot wraps the volume key (docs/format/keys.md, section 4); null when the slot's authenticator is not at hand.</summary>
    private static SecretBytes? CredentialWrappingKey(KeyCredential credential, KeySlot slot)
    {
        if (credential.Fido2 is { } authenticator)
        {
            using var secret = new SecretBytes(Fido2Credential.SecretSize);
            return authenticator.TryGetSecret(slot.Fido2, secret.Span) ? WrappingKeyOf(credential.Passphrase, secret, slot, (Fido2SlotPurpose, Fido2HybridSlotPurpose)) : null;
        }

        return WrappingKeyOf(credential.Passphrase, credential.Device?.Bytes, slot, (DeviceSlotPurpose, HybridSlotPurpose));
    }

    /// <summary>From what is known, what is had, or both.</summary>
    private static SecretBytes WrappingKeyOf(Passphrase? known, SecretBytes? had, KeySlot slot, (string Alone, string Both) purpose)
    {
        var key = new SecretBytes(WrappedKey.KeySize);
        if (known is null)
        {
            KeyDerivation.Derive(had!, slot.Salt, purpose.Alone, key.Span);
            return key;
        }

        KeyDerivation.FromPassphrase(known, slot.Salt, slot.Argon2, key.Span);
        if (had is not null)
        {
            using var both = new SecretBytes(WrappedKey.KeySize + had.Length);
            key.Span.CopyTo(both.Span);
            had.Span.CopyTo(both.Span[WrappedKey.KeySize..]);
            KeyDerivation.Derive(both, slot.Salt, purpose.Both, key.Span);
        }

        return key;
    }

    private bool Authenticated(SecretBytes volumeKey)
    {
        if (HasMacOf(volumeKey))
        {
            return true;
        }

        volumeKey.Dispose();
        throw new KeyHeaderException(KeyHeaderFault.Tampered);
    }

    private bool HasMacOf(SecretBytes volumeKey)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        ComputeMac(_image, volumeKey, mac);
        return CryptographicOperations.FixedTimeEquals(mac, _image.AsSpan(KeyHeaderLayout.MacAt, mac.Length));
    }

    private static void ComputeMac(ReadOnlySpan<byte> image, SecretBytes volumeKey, Span<byte> mac)
    {
        using var key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(volumeKey, image.Slice(KeyHeaderLayout.VolumeIdAt, VolumeIdSize), MacPurpose, key.Span);
        HMACSHA256.HashData(key.Span, image[..KeyHeaderLayout.MacAt], mac);
    }

    private static bool TryUnwrapSlot(byte[] image, int slot, SecretBytes wrappingKey, [NotNullWhen(true)] out SecretBytes? volumeKey)
    {
        Span<byte> associated = stackalloc byte[MaxSlotAssociatedSize];
        return WrappedKey.TryUnwrap(wrappingKey, WriteSlotAssociated(image, slot, associated), new KeySlot(KeyHeaderLayout.Slot(image, slot)).Wrapped, out volumeKey);
    }

    // 160 random bits cannot be guessed, so stretching them buys nothing; without it a code opens a volume on any machine, at once.
    internal static SecretBytes CodeWrappingKey(RecoveryCode code, ReadOnlySpan<byte> salt)
    {
        var key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(code.Bytes, salt, RecoverySlotPurpose, key.Span);
        return key;
    }

    internal static SecretBytes PrivateKeyWrappingKey(SecretBytes codeKey, ReadOnlySpan<byte> volumeId)
    {
        var key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(codeKey, volumeId, PrivateKeyPurpose, key.Span);
        return key;
    }

    /// <summary>volume id ‖ slot ‖ kind ‖ derivation ‖ key epoch ‖ memory ‖ passes ‖ lanes, of an authenticator's slot all that is kept of its credential, and of an outer code's its keys:
    /// a wrapped key moved elsewhere, or beside another credential or key, does not open.</summary>
    private static ReadOnlySpan<byte> WriteSlotAssociated(byte[] image, int number, Span<byte> associated)
    {
        var slot = new KeySlot(KeyHeaderLayout.Slot(image, number));
        image.AsSpan(KeyHeaderLayout.VolumeIdAt, VolumeIdSize).CopyTo(associated);
        ReadOnlySpan<uint> fields =
        [
            (uint)number, (uint)slot.Kind, slot.Kdf, slot.KeyEpoch,
            (uint)slot.Argon2.MemoryKiB, (uint)slot.Argon2.Passes, (uint)slot.Argon2.Lanes,
        ];
        for (int i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(associated[(VolumeIdSize + (i * sizeof(uint)))..], fields[i]);
        }

        if (slot.Kind is not (KeySlotKind.Fido2 or KeySlotKind.OuterRecovery))
        {
            return associated[..SlotAssociatedSize];
        }

        slot.Extra.CopyTo(associated[SlotAssociatedSize..]);
        return associated;
    }

    /// <summary>volume id ‖ public key.</summary>
    private static void WritePrivateKeyAssociated(byte[] image, Span<byte> associated)
    {
        image.AsSpan(KeyHeaderLayout.VolumeIdAt, VolumeIdSize).CopyTo(associated);
        image.AsSpan(KeyHeaderLayout.PublicKeyAt, RecoveryKeyPair.PublicKeySize).CopyTo(associated[VolumeIdSize..]);
    }
}
