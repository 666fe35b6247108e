using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Crypto;

/// <summary>
/// The key header of a volume: one random volume key of 256 bits, wrapped once per slot. Immutable: every change returns a new header
/// with the next generation, which the caller writes to the medium. It holds no secret in the clear.
/// </summary>
/// <remarks>
/// The medium has two copies. Write the new header over the older copy, make it durable, then over the other: a power cut leaves one
/// whole, and a removed slot is only gone for good when neither copy has it. Format: docs/format/keys.md.
/// </remarks>
public sealed partial class KeyHeader
{
    /// <summary>Bytes of an encoded header.</summary>
    public const int Size = KeyHeaderLayout.Size;

    /// <summary>Bytes of a volume's id.</summary>
    public const int VolumeIdSize = KeyHeaderLayout.VolumeIdSize;

    /// <summary>Bytes of the volume key.</summary>
    public const int VolumeKeySize = WrappedKey.KeySize;

    /// <summary>Slots in a header.</summary>
    public const int SlotCount = KeyHeaderLayout.SlotCount;

    private const string MacPurpose = "key header";

    // The encoded bytes are the truth; they passed KeyHeaderStructure and are never written to again.
    private readonly byte[] _image;

    private KeyHeader(byte[] image) => _image = image;

    /// <summary>1 at creation, one more with every change.</summary>
    public ulong Generation => BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan(KeyHeaderLayout.GenerationAt));

    /// <summary>The volume that this header opens.</summary>
    public ReadOnlySpan<byte> VolumeId => _image.AsSpan(KeyHeaderLayout.VolumeIdAt, VolumeIdSize);

    /// <summary>The public key to which things are sealed that the recovery code shall open; 65 bytes, uncompressed P-256.</summary>
    /// <remarks>To be trusted only after <see cref="TryUnlock"/>, which authenticates it.</remarks>
    public ReadOnlySpan<byte> RecoveryPublicKey => _image.AsSpan(KeyHeaderLayout.PublicKeyAt, RecoveryKeyPair.PublicKeySize);

    /// <summary>Makes the header of a new volume: a new volume key, one slot, a recovery code and its key pair.</summary>
    /// <param name="volumeId"><see cref="VolumeIdSize"/> bytes.</param>
    /// <param name="credential">Opens slot 0, and decides of which kind it is.</param>
    /// <param name="options">Of slot 0.</param>
    /// <param name="volumeKey">The new volume key, to be disposed.</param>
    /// <param name="code">To be shown once and disposed; nothing can show it again.</param>
    /// <exception cref="Argon2MemoryException">The machine has too little free memory for the parameters.</exception>
    public static KeyHeader Create(
        ReadOnlySpan<byte> volumeId, KeyCredential credential, KeySlotOptions options, out SecretBytes volumeKey, out RecoveryCode code)
    {
        byte[] image = First(volumeId);
        SecretBytes key = SecretBytes.Random(VolumeKeySize);
        RecoveryCode newCode = RecoveryCode.Create();
        try
        {
            WriteSlot(image, 0, key, credential, options);
            using RecoveryKeyPair pair = RecoveryKeyPair.Create();
            WriteRecovery(image, 1, key, new NewRecovery(newCode, pair, options.Clock));
            KeyHeader header = Finish(image, key);
            (volumeKey, code) = (key, newCode);
            return header;
        }
        catch
        {
            key.Dispose();
            newCode.Dispose();
            throw;
        }
    }

    /// <summary>The same without a recovery code: with the last passphrase all is lost.</summary>
    /// <inheritdoc cref="Create"/>
    public static KeyHeader CreateWithoutRecovery(ReadOnlySpan<byte> volumeId, KeyCredential credential, KeySlotOptions options, out SecretBytes volumeKey)
    {
        byte[] image = First(volumeId);
        SecretBytes key = SecretBytes.Random(VolumeKeySize);
        try
        {
            WriteSlot(image, 0, key, credential, options);
            KeyHeader header = Finish(image, key);
            volumeKey = key;
            return header;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Reads an encoded header; every value is checked, nothing is derived or decrypted.</summary>
    /// <param name="bytes"><see cref="Size"/> bytes from a medium, trusted in nothing.</param>
    /// <exception cref="KeyHeaderException">Not a header, damaged, of a newer version, or with values beyond the limits.</exception>
    public static KeyHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new KeyHeaderException(KeyHeaderFault.NotAKeyHeader);
        }

        // The checksum before the version: a flipped bit in the version field is damage, not a newer format.
        Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..KeyHeaderLayout.ChecksumAt], checksum);
        bool hasMagic = bytes.StartsWith(KeyHeaderLayout.Magic);
        if (!checksum.SequenceEqual(bytes[KeyHeaderLayout.ChecksumAt..]) || !hasMagic)
        {
            throw new KeyHeaderException(hasMagic ? KeyHeaderFault.Damaged : KeyHeaderFault.NotAKeyHeader);
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[KeyHeaderLayout.VersionAt..]) != KeyHeaderLayout.Version)
        {
            throw new KeyHeaderException(KeyHeaderFault.UnknownVersion);
        }

        byte[] image = bytes.ToArray();
        KeyHeaderStructure.Check(image);
        return new KeyHeader(image);
    }

    /// <summary>Of the two copies on a medium, the newest whole one.</summary>
    /// <exception cref="KeyHeaderException">
    /// No copy is usable, one is of a newer version (opening the older copy would undo what the newer Tessera did), or they belong to
    /// different volumes.
    /// </exception>
    public static KeyHeaderChoice ChooseNewest(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        KeyHeader? first = TryParse(a, out KeyHeaderException? firstError);
        KeyHeader? second = TryParse(b, out KeyHeaderException? secondError);
        if (first is null && second is null)
        {
            throw firstError?.Fault == KeyHeaderFault.NotAKeyHeader ? secondError! : firstError!;
        }

        if (first is null || second is null)
        {
            return new KeyHeaderChoice(first ?? second!, IsSecond: first is null, NeedsRepair: true);
        }

        if (!first.VolumeId.SequenceEqual(second.VolumeId))
        {
            throw new KeyHeaderException(KeyHeaderFault.CopiesDisagree);
        }

        bool secondIsNewer = second.Generation > first.Generation;
        bool same = first._image.AsSpan().SequenceEqual(second._image);
        return new KeyHeaderChoice(secondIsNewer ? second : first, secondIsNewer, NeedsRepair: !same);
    }

    /// <summary>Writes the header as it lies on the medium.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void Encode(Span<byte> destination) => _image.CopyTo(destination);

    /// <summary>The slots in use, by number.</summary>
    public IReadOnlyList<KeySlotInfo> List()
    {
        var slots = new List<KeySlotInfo>(SlotCount);
        for (int i = 0; i < SlotCount; i++)
        {
            KeySlot slot = SlotAt(i);
            if (slot.State == KeySlot.Active)
            {
                slots.Add(new KeySlotInfo(
                    i,
                    slot.Kind,
                    Encoding.UTF8.GetString(slot.NameBytes),
                    DateTimeOffset.FromUnixTimeSeconds(slot.Created),
                    KeyHeaderStructure.IsKnown(slot.Kind) && slot.Kdf == KeySlot.KdfArgon2id ? slot.Argon2 : null,
                    slot.KeyEpoch)
                {
                    Fido2 = slot.Kind == KeySlotKind.Fido2 ? slot.Fido2 : null,
                });
            }
        }

        return slots;
    }

    /// <summary>Everything of a new header but its slots.</summary>
    private static byte[] First(ReadOnlySpan<byte> volumeId)
    {
        if (volumeId.Length != VolumeIdSize)
        {
            throw new ArgumentException("A volume id has 16 bytes.", nameof(volumeId));
        }

        byte[] image = new byte[Size];
        KeyHeaderLayout.Magic.CopyTo(image);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.VersionAt), KeyHeaderLayout.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(KeyHeaderLayout.GenerationAt), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.KeyEpochAt), FirstKeyEpoch);
        volumeId.CopyTo(image.AsSpan(KeyHeaderLayout.VolumeIdAt));
        return image;
    }

    private KeySlot SlotAt(int slot) => new(KeyHeaderLayout.Slot(_image, slot));

    private static KeyHeader? TryParse(ReadOnlySpan<byte> bytes, out KeyHeaderException? error)
    {
        try
        {
            error = null;
            return Parse(bytes);
        }
        catch (KeyHeaderException e) when (e.Fault != KeyHeaderFault.UnknownVersion)
        {
            error = e;
            return null;
        }
    }
}
