using System.Buffers.Binary;

namespace Tessera.Crypto;

/// <summary>
/// Checks every value of a key header before anything acts on it. Pure: bytes in, a verdict out. A header that passes is canonical: what
/// version 1 does not name is zero, so nothing hides in it and encoding it again gives the same bytes.
/// </summary>
internal static class KeyHeaderStructure
{
    /// <summary>DateTimeOffset ends with the year 9999.</summary>
    private const long MaxCreated = 253_402_300_799;

    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Invalid"/>, naming the field.</exception>
    public static void Check(Span<byte> image)
    {
        Require(BinaryPrimitives.ReadUInt32LittleEndian(image[KeyHeaderLayout.FlagsAt..]) == 0, "flags");
        Require(BinaryPrimitives.ReadUInt64LittleEndian(image[KeyHeaderLayout.GenerationAt..]) != 0, "generation");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(image[KeyHeaderLayout.KeyEpochAt..]) != 0, "key epoch");
        CheckRotation(image);
        RequireZero(image[(KeyHeaderLayout.RotationDoneAt + sizeof(ushort))..KeyHeaderLayout.PublicKeyAt]);
        RequireZero(image[(KeyHeaderLayout.PublicKeyAt + RecoveryKeyPair.PublicKeySize)..KeyHeaderLayout.PrivateKeyAt]);
        RequireZero(image[KeyHeaderLayout.PrivateKeyEnd..KeyHeaderLayout.KeyBeforeAt]);
        RequireZero(image[KeyHeaderLayout.KeyBeforeEnd..KeyHeaderLayout.SlotsAt]);
        RequireZero(image[KeyHeaderLayout.SlotsEnd..KeyHeaderLayout.MacAt]);

        int active = 0;
        int recovery = 0;
        int outer = 0;
        for (int i = 0; i < KeyHeaderLayout.SlotCount; i++)
        {
            var slot = new KeySlot(KeyHeaderLayout.Slot(image, i));
            CheckSlot(slot);
            active += slot.State;
            recovery += slot.Kind == KeySlotKind.RecoveryCode ? 1 : 0;
            outer += slot.Kind == KeySlotKind.OuterRecovery ? 1 : 0;
        }

        Require(active > 0, "no slot in use");
        Require(recovery <= 1 && outer <= 1, "several recovery slots");
    }

    private static void CheckRotation(Span<byte> image)
    {
        var rotation = (KeyRotation)image[KeyHeaderLayout.RotationAt];
        ushort done = BinaryPrimitives.ReadUInt16LittleEndian(image[KeyHeaderLayout.RotationDoneAt..]);
        bool hasKeyBefore = image[KeyHeaderLayout.KeyBeforeAt..KeyHeaderLayout.KeyBeforeEnd].ContainsAnyExcept((byte)0);
        Require(rotation is KeyRotation.None or KeyRotation.Switching or KeyRotation.Resealing, "rotation");
        Require(done <= (rotation == KeyRotation.Resealing ? KeyHeader.WholeRotation : 0), "rotation");
        Require(hasKeyBefore == (rotation == KeyRotation.Switching), "key before");
        Require(image[KeyHeaderLayout.RotationAt + 1] == 0, "reserved bytes");
    }

    /// <summary>Whether this version reads and tries slots of a kind.</summary>
    public static bool IsKnown(KeySlotKind kind) => kind is (> KeySlotKind.None and <= KeySlotKind.Fido2) or KeySlotKind.OuterRecovery;

    private static void CheckSlot(KeySlot slot)
    {
        if (slot.State == KeySlot.Empty)
        {
            RequireZero(slot.Bytes);
            return;
        }

        Require(slot.State == KeySlot.Active, "slot state");
        Require(slot.Kind != KeySlotKind.None, "slot kind");
        Require(slot.NameLength <= KeySlot.MaxNameLength, "name length");
        Require(KeySlot.IsPrintable(slot.NameBytes), "name");
        Require(!slot.NameField[slot.NameLength..].ContainsAnyExcept((byte)0), "name");
        Require(slot.Created is >= 0 and <= MaxCreated, "creation time");
        Require(slot.KeyEpoch != 0, "key epoch");
        switch (slot.Kind)
        {
            case KeySlotKind.Passphrase or KeySlotKind.Hybrid:
                Require(slot.Kdf == KeySlot.KdfArgon2id, "key derivation");
                Require(slot.Argon2.IsWithinLimits, "Argon2 parameters");
                RequireNoMoreThanKnown(slot);
                break;
            case KeySlotKind.RecoveryCode or KeySlotKind.Device:
                Require(slot.Kdf == KeySlot.KdfHkdf, "key derivation");
                Require(slot.Argon2 == default, "Argon2 parameters");
                RequireNoMoreThanKnown(slot);
                break;
            case KeySlotKind.Fido2:
                Require(slot.Kdf is KeySlot.KdfArgon2id or KeySlot.KdfHkdf, "key derivation");
                Require(slot.Kdf == KeySlot.KdfArgon2id ? slot.Argon2.IsWithinLimits : slot.Argon2 == default, "Argon2 parameters");
                Require(Fido2Credential.TryRead(slot.Extra, out _), "FIDO2 credential");
                RequireZero(slot.Reserved);
                RequireZero(slot.WrappedPadding);
                break;
            case KeySlotKind.OuterRecovery:
                Require(slot.Kdf == KeySlot.KdfHkdf, "key derivation");
                Require(slot.Argon2 == default, "Argon2 parameters");
                Require(OuterSlot.IsValid(slot.Extra), "outer recovery key");
                RequireZero(slot.Reserved);
                RequireZero(slot.WrappedPadding);
                break;
            default:
                break; // a later version's: kept as it is, never tried
        }
    }

    private static void RequireNoMoreThanKnown(KeySlot slot)
    {
        RequireZero(slot.Reserved);
        RequireZero(slot.WrappedPadding);
        RequireZero(slot.Extra);
    }

    private static void RequireZero(ReadOnlySpan<byte> bytes) => Require(!bytes.ContainsAnyExcept((byte)0), "reserved bytes");

    private static void Require(bool condition, string field)
    {
        if (!condition)
        {
            throw new KeyHeaderException(KeyHeaderFault.Invalid, field);
        }
    }
}
