using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <content>Another volume key in the place of this header's (docs/format/keys.md, section 6.1).</content>
public sealed partial class KeyHeader
{
    /// <summary>All of the re-sealing, as <see cref="RotationDone"/> counts it.</summary>
    public const int WholeRotation = 1000;

    /// <summary>Bytes from the beginning of a header in which <see cref="TryReadKeyBefore"/> finds what it needs.</summary>
    public const int KeyBeforeEnd = KeyHeaderLayout.KeyBeforeEnd;

    private const string KeyBeforePurpose = "volume key before";
    private const int KeyBeforeAssociatedSize = VolumeIdSize + sizeof(uint);

    /// <summary>Which volume key this is: 1 of a new volume, one more with every rotation.</summary>
    public uint KeyEpoch => BinaryPrimitives.ReadUInt32LittleEndian(_image.AsSpan(KeyHeaderLayout.KeyEpochAt));

    public KeyRotation Rotation => (KeyRotation)_image[KeyHeaderLayout.RotationAt];

    /// <summary>How much was re-sealed when it was last noted, in thousandths; 0 unless <see cref="KeyRotation.Resealing"/>.</summary>
    public int RotationDone => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(KeyHeaderLayout.RotationDoneAt));

    /// <summary>The volume key before, which a header in the state <see cref="KeyRotation.Switching"/> holds for who has the new one.</summary>
    /// <param name="start">At least <see cref="KeyBeforeEnd"/> bytes from its beginning, trusted in nothing: another header, a torn one or noise has none.</param>
    /// <param name="volumeKey">The new key.</param>
    /// <param name="before">To be disposed.</param>
    public static bool TryReadKeyBefore(ReadOnlySpan<byte> start, SecretBytes volumeKey, [NotNullWhen(true)] out SecretBytes? before)
    {
        before = null;
        ReadOnlySpan<byte> wrapped = start.Slice(KeyHeaderLayout.KeyBeforeAt, WrappedKey.Size);
        if (!start.StartsWith(KeyHeaderLayout.Magic) || !wrapped.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        using SecretBytes wrappingKey = KeyBeforeWrappingKey(start, volumeKey);
        Span<byte> associated = stackalloc byte[KeyBeforeAssociatedSize];
        WriteKeyBeforeAssociated(start, associated);
        return WrappedKey.TryUnwrap(wrappingKey, associated, wrapped, out before);
    }

    /// <summary>The slots that exactly this opens, each tried by itself; and a recovery code typed in the place of a passphrase.</summary>
    /// <param name="input">A slot of <see cref="KeyCredential.Kind"/> is tried. Each with a passphrase costs one derivation.</param>
    /// <param name="except">Slots that are not tried.</param>
    /// <param name="volumeKey">The volume key, to be disposed; null when there are none.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>.</exception>
    /// <exception cref="Argon2MemoryException">The machine has too little free memory for a slot's parameters.</exception>
    public IReadOnlyList<int> OpenedBy(KeyCredential input, IReadOnlyCollection<int> except, out SecretBytes? volumeKey)
    {
        List<int> opened = [];
        volumeKey = null;
        if (input.Kind == KeySlotKind.Passphrase && RecoveryCode.TryParse(input.Passphrase!, out RecoveryCode? code, out _))
        {
            using (code)
            {
                if (!except.Contains(RecoverySlot) && TryUnlockWithCode(code, out volumeKey, out int slot))
                {
                    opened.Add(slot);
                    return opened;
                }
            }
        }

        for (int number = 0; number < SlotCount; number++)
        {
            if (SlotAt(number).Kind == input.Kind && !except.Contains(number) && TryOpen(number, input, out SecretBytes? key))
            {
                opened.Add(number);
                volumeKey?.Dispose();
                volumeKey = key;
            }
        }

        _ = volumeKey is null || Authenticated(volumeKey);
        return opened;
    }

    /// <summary>Begins a rotation: slots whose secrets are at hand open the new key, every other slot is empty, and the key before is kept under the new one.</summary>
    /// <param name="volumeKey">The key so far, from <see cref="TryUnlock"/>.</param>
    /// <param name="newKey">The new one.</param>
    /// <param name="kept">Exactly what opens each slot that stays; as <see cref="OpenedBy"/> said.</param>
    /// <param name="code">The recovery code, which then stays with its key pair; null: there will be a new one, with a new pair, unless there was none.</param>
    /// <param name="newCode">To be shown once and disposed; null when the old one stays, or there was none.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>, <see cref="KeyHeaderFault.LastPassphrase"/> when no slot but the recovery code's
    /// would be left, <see cref="KeyHeaderFault.AuthenticatorGone"/>.</exception>
    public KeyHeader Rotate(SecretBytes volumeKey, SecretBytes newKey, IReadOnlyDictionary<int, KeyCredential> kept, RecoveryCode? code, out RecoveryCode? newCode)
    {
        if (Rotation != KeyRotation.None)
        {
            throw new InvalidOperationException("A rotation is under way.");
        }

        byte[] image = Begin(volumeKey);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.KeyEpochAt), checked(KeyEpoch + 1));
        image[KeyHeaderLayout.RotationAt] = (byte)KeyRotation.Switching;
        int left = 0;
        for (int number = 0; number < SlotCount; number++)
        {
            bool stays = kept.TryGetValue(number, out KeyCredential? credential) && TakesCredential(SlotAt(number).Kind);
            left += stays ? 1 : 0;
            if (stays)
            {
                WrapAnew(image, number, newKey, credential!);
            }
            else
            {
                KeyHeaderLayout.Slot(image, number).Clear();
            }
        }

        if (left == 0)
        {
            throw new KeyHeaderException(KeyHeaderFault.LastPassphrase);
        }

        RecoveryCode? made = code is null && HasRecoveryCode ? RecoveryCode.Create() : null;
        try
        {
            if ((code ?? made) is { } recovery)
            {
                using RecoveryKeyPair pair = code is null ? RecoveryKeyPair.Create() : OpenPair(code);
                WriteRecovery(image, RecoverySlot, newKey, new NewRecovery(recovery, pair, TimeProvider.System));
            }

            using SecretBytes wrappingKey = KeyBeforeWrappingKey(image, newKey);
            Span<byte> associated = stackalloc byte[KeyBeforeAssociatedSize];
            WriteKeyBeforeAssociated(image, associated);
            WrappedKey.Wrap(wrappingKey, associated, volumeKey, image.AsSpan(KeyHeaderLayout.KeyBeforeAt, WrappedKey.Size));
            KeyHeader header = Finish(image, newKey);
            newCode = made;
            return header;
        }
        catch
        {
            made?.Dispose();
            throw;
        }
    }

    /// <summary>The same header at another point of a rotation. The key before is in none of them.</summary>
    /// <param name="volumeKey">From <see cref="TryUnlock"/>.</param>
    /// <param name="rotation"><see cref="KeyRotation.Resealing"/>, or <see cref="KeyRotation.None"/> at its end.</param>
    /// <param name="done">How much is re-sealed, thousandths.</param>
    public KeyHeader WithRotation(SecretBytes volumeKey, KeyRotation rotation, int done = 0)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(rotation, KeyRotation.Switching);
        byte[] image = Begin(volumeKey);
        image[KeyHeaderLayout.RotationAt] = (byte)rotation;
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(KeyHeaderLayout.RotationDoneAt), (ushort)(rotation == KeyRotation.None ? 0 : Math.Clamp(done, 0, WholeRotation)));
        image.AsSpan(KeyHeaderLayout.KeyBeforeAt, WrappedKey.Size).Clear();
        return Finish(image, volumeKey);
    }

    private bool TryOpen(int number, KeyCredential exact, [NotNullWhen(true)] out SecretBytes? volumeKey)
    {
        KeySlot slot = SlotAt(number);
        volumeKey = null;
        if (slot.Kdf != (exact.Passphrase is null ? KeySlot.KdfHkdf : KeySlot.KdfArgon2id))
        {
            return false;
        }

        using SecretBytes? wrappingKey = CredentialWrappingKey(exact, slot);
        return wrappingKey is not null && TryUnwrapSlot(_image, number, wrappingKey, out volumeKey);
    }

    /// <summary>The slot as it is, for another key: under a new salt, and with the epoch of the header.</summary>
    private static void WrapAnew(byte[] image, int number, SecretBytes newKey, KeyCredential exact)
    {
        var slot = new KeySlot(KeyHeaderLayout.Slot(image, number));
        slot.KeyEpoch = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.KeyEpochAt));
        RandomNumberGenerator.Fill(slot.Salt);
        using SecretBytes wrappingKey = CredentialWrappingKey(exact, slot) ?? throw new KeyHeaderException(KeyHeaderFault.AuthenticatorGone);
        Span<byte> associated = stackalloc byte[MaxSlotAssociatedSize];
        WrappedKey.Wrap(wrappingKey, WriteSlotAssociated(image, number, associated), newKey, slot.Wrapped);
    }

    private static SecretBytes KeyBeforeWrappingKey(ReadOnlySpan<byte> image, SecretBytes newKey)
    {
        var key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(newKey, image.Slice(KeyHeaderLayout.VolumeIdAt, VolumeIdSize), KeyBeforePurpose, key.Span);
        return key;
    }

    /// <summary>volume id ‖ key epoch: as they lie in the header, one after the other.</summary>
    private static void WriteKeyBeforeAssociated(ReadOnlySpan<byte> image, Span<byte> associated) =>
        image.Slice(KeyHeaderLayout.VolumeIdAt, KeyBeforeAssociatedSize).CopyTo(associated);
}
