namespace Tessera.Crypto;

/// <summary>Offsets in the key header, version 1 (docs/format/keys.md). Integers are little-endian; what is not named is zero.</summary>
internal static class KeyHeaderLayout
{
    public const int Size = 32768;
    public const uint Version = 1;
    public const int VolumeIdSize = 16;

    public const int MagicAt = 0;
    public const int VersionAt = 8;
    public const int FlagsAt = 12;
    public const int GenerationAt = 16;
    public const int VolumeIdAt = 24;
    public const int KeyEpochAt = 40;
    public const int RotationAt = 44;
    public const int RotationDoneAt = 46; // thousandths, u16
    public const int PublicKeyAt = 64;
    public const int PrivateKeyAt = 136; // nonce 12, wrapped 32, tag 16
    public const int PrivateKeyEnd = PrivateKeyAt + WrappedKey.Size;
    public const int KeyBeforeAt = 200; // nonce 12, wrapped 32, tag 16
    public const int KeyBeforeEnd = KeyBeforeAt + WrappedKey.Size;

    public const int SlotsAt = 1024;
    public const int SlotCount = 16;
    public const int SlotsEnd = SlotsAt + (SlotCount * KeySlot.Size);

    public const int MacAt = Size - 64;
    public const int ChecksumAt = Size - 32;

    /// <summary>First eight bytes. They and the checksum at the end keep their place in every later version.</summary>
    public static ReadOnlySpan<byte> Magic => "TESSKEYS"u8;

    public static Span<byte> Slot(Span<byte> image, int slot) => image.Slice(SlotsAt + (slot * KeySlot.Size), KeySlot.Size);
}
