using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <content>The recovery code of another volume, which this one lies in (docs/format/keys.md, section 4, kind 7).</content>
public sealed partial class KeyHeader
{
    private const string OuterSlotName = "outer recovery code";

    /// <summary>A slot is sealed to the recovery key of the volume that this one lies in.</summary>
    public bool HasOuterRecovery => FindSlot(KeySlotKind.OuterRecovery) >= 0;

    /// <summary>The volume has a recovery code of its own.</summary>
    public bool HasRecoveryCode => RecoverySlot >= 0;

    /// <summary>Lets the recovery code of the volume that this one lies in open this one: in the place of what was sealed to such a code so far, otherwise in a free slot.</summary>
    /// <param name="volumeKey">From <see cref="TryUnlock"/>.</param>
    /// <param name="outerPublicKey">The outer volume's <see cref="RecoveryPublicKey"/>, from who can be believed.</param>
    /// <param name="clock">Where the creation time comes from.</param>
    /// <param name="slot">The slot's number.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.NoFreeSlot"/>, <see cref="KeyHeaderFault.Tampered"/>.</exception>
    /// <exception cref="CryptographicException">It is no public key.</exception>
    public KeyHeader SealToOuter(SecretBytes volumeKey, ReadOnlySpan<byte> outerPublicKey, TimeProvider clock, out int slot)
    {
        byte[] image = Begin(volumeKey);
        slot = FindSlot(KeySlotKind.OuterRecovery) is int existing and >= 0 ? existing : FreeSlot();
        var bytes = new KeySlot(KeyHeaderLayout.Slot(image, slot));
        bytes.Bytes.Clear();
        bytes.State = KeySlot.Active;
        bytes.Kind = KeySlotKind.OuterRecovery;
        bytes.KeyEpoch = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.KeyEpochAt));
        bytes.Created = clock.GetUtcNow().ToUnixTimeSeconds();
        bytes.Kdf = KeySlot.KdfHkdf;
        bytes.SetName(System.Text.Encoding.UTF8.GetBytes(OuterSlotName));
        RandomNumberGenerator.Fill(bytes.Salt);

        using SecretBytes wrappingKey = OuterSlot.Seal(bytes, volumeKey, outerPublicKey);
        Span<byte> associated = stackalloc byte[MaxSlotAssociatedSize];
        WrappedKey.Wrap(wrappingKey, WriteSlotAssociated(image, slot, associated), volumeKey, bytes.Wrapped);
        return Finish(image, volumeKey);
    }

    /// <summary>Opens the slot that is sealed to the outer volume's recovery key.</summary>
    /// <param name="pair">That key, which the outer volume's recovery code opens.</param>
    /// <param name="volumeKey">The volume key, to be disposed; null unless true is returned.</param>
    /// <param name="slot">The slot that opened; −1 if none did.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>: the slot opened, but the header is not authentic.</exception>
    public bool TryUnlockWithOuter(RecoveryKeyPair pair, [NotNullWhen(true)] out SecretBytes? volumeKey, out int slot)
    {
        slot = FindSlot(KeySlotKind.OuterRecovery);
        using SecretBytes? wrappingKey = slot < 0 ? null : OuterSlot.Open(SlotAt(slot), pair);
        if (wrappingKey is not null && TryUnwrapSlot(_image, slot, wrappingKey, out volumeKey))
        {
            return Authenticated(volumeKey);
        }

        (volumeKey, slot) = (null, -1);
        return false;
    }

    /// <summary>Whether the outer volume's recovery code opens this volume while it has this key; false also without such a slot.</summary>
    /// <param name="volumeKey">From <see cref="TryUnlock"/>.</param>
    /// <param name="outerPublicKey">The outer volume's key as it is now.</param>
    public bool IsSealedTo(SecretBytes volumeKey, ReadOnlySpan<byte> outerPublicKey) =>
        FindSlot(KeySlotKind.OuterRecovery) is int slot and >= 0 && OuterSlot.IsFor(SlotAt(slot), volumeKey, outerPublicKey);

    /// <summary>This volume's own recovery key pair, for locks that are made in it and for who opens one with the code; null when it has no recovery code.</summary>
    /// <param name="volumeKey">Proves the header to be the volume's own.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>.</exception>
    public SealedRecoveryKey? ReadRecoveryKey(SecretBytes volumeKey)
    {
        if (!HasMacOf(volumeKey))
        {
            throw new KeyHeaderException(KeyHeaderFault.Tampered);
        }

        return RecoverySlot is int slot and >= 0
            ? new SealedRecoveryKey([.. VolumeId, .. RecoveryPublicKey, .. SlotAt(slot).Salt, .. _image.AsSpan(KeyHeaderLayout.PrivateKeyAt, WrappedKey.Size)])
            : null;
    }

    private int FindSlot(KeySlotKind kind)
    {
        for (int i = 0; i < SlotCount; i++)
        {
            if (SlotAt(i).Kind == kind)
            {
                return i;
            }
        }

        return -1;
    }
}
