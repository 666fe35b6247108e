using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Crypto;

/// <content>Changes: each checks that the caller has the volume key and returns a new header of the next generation.</content>
public sealed partial class KeyHeader
{
    private const uint FirstKeyEpoch = 1;

    /// <summary>Adds a slot for another passphrase, device key or authenticator, or a passphrase together with one of them.</summary>
    /// <param name="volumeKey">From <see cref="TryUnlock"/>.</param>
    /// <param name="credential">Opens the new slot, and decides of which kind it is.</param>
    /// <param name="options">Of the new slot.</param>
    /// <param name="slot">The slot's number.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.NoFreeSlot"/>, or <see cref="KeyHeaderFault.Tampered"/> when the
    /// volume key is not the one of this header.</exception>
    public KeyHeader Add(SecretBytes volumeKey, KeyCredential credential, KeySlotOptions options, out int slot)
    {
        byte[] image = Begin(volumeKey);
        slot = FreeSlot();
        WriteSlot(image, slot, volumeKey, credential, options);
        return Finish(image, volumeKey);
    }

    /// <summary>Gives a slot another passphrase, device key or kind; the name stays unless the options have one.</summary>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.NoSuchSlot"/>, <see cref="KeyHeaderFault.NotAPassphraseSlot"/>.</exception>
    public KeyHeader Change(SecretBytes volumeKey, int slot, KeyCredential credential, KeySlotOptions options)
    {
        RequireCredentialSlot(slot);
        byte[] image = Begin(volumeKey);
        WriteSlot(image, slot, volumeKey, credential, options);
        return Finish(image, volumeKey);
    }

    /// <summary>Removes a slot: its bytes become zero, and what opened it opens this header no more.</summary>
    /// <remarks>
    /// Who copied the volume or exported its header before keeps an openable header: removing a slot does not change the volume key.
    /// A slot of a kind that this version does not know may be removed; the recovery slot is replaced instead.
    /// </remarks>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.NoSuchSlot"/>, <see cref="KeyHeaderFault.NotAPassphraseSlot"/> for
    /// the recovery slot, <see cref="KeyHeaderFault.LastPassphrase"/>.</exception>
    public KeyHeader Remove(SecretBytes volumeKey, int slot)
    {
        RequireActive(slot);
        KeySlotKind kind = SlotAt(slot).Kind;
        if (kind == KeySlotKind.RecoveryCode)
        {
            throw new KeyHeaderException(KeyHeaderFault.NotAPassphraseSlot);
        }

        if (TakesCredential(kind) && List().Count(s => TakesCredential(s.Kind)) == 1)
        {
            throw new KeyHeaderException(KeyHeaderFault.LastPassphrase);
        }

        byte[] image = Begin(volumeKey);
        KeyHeaderLayout.Slot(image, slot).Clear();
        return Finish(image, volumeKey);
    }

    /// <summary>Makes a new recovery code; the old one opens this header no more.</summary>
    /// <param name="volumeKey">From <see cref="TryUnlock"/>.</param>
    /// <param name="current">
    /// The old code, which keeps the recovery key pair. Null when it is lost: then a new pair is made, and what was sealed to the old
    /// public key can no longer be recovered (compare <see cref="RecoveryPublicKey"/> before and after).
    /// </param>
    /// <param name="code">To be shown once and disposed.</param>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.WrongRecoveryCode"/>, <see cref="KeyHeaderFault.NoFreeSlot"/>.</exception>
    public KeyHeader ReplaceRecovery(SecretBytes volumeKey, RecoveryCode? current, out RecoveryCode code)
    {
        byte[] image = Begin(volumeKey);
        using RecoveryKeyPair pair = current is null ? RecoveryKeyPair.Create() : OpenPair(current);
        int slot = RecoverySlot is int existing and >= 0 ? existing : FreeSlot();
        RecoveryCode newCode = RecoveryCode.Create();
        try
        {
            WriteRecovery(image, slot, volumeKey, new NewRecovery(newCode, pair, TimeProvider.System));
            KeyHeader header = Finish(image, volumeKey);
            code = newCode;
            return header;
        }
        catch
        {
            newCode.Dispose();
            throw;
        }
    }

    private RecoveryKeyPair OpenPair(RecoveryCode code) => TryOpenRecoveryKey(code, out RecoveryKeyPair? pair)
        ? pair
        : throw new KeyHeaderException(KeyHeaderFault.WrongRecoveryCode);

    /// <summary>A copy of the bytes with the next generation, for a caller who proves to have the volume key.</summary>
    private byte[] Begin(SecretBytes volumeKey)
    {
        if (!HasMacOf(volumeKey))
        {
            throw new KeyHeaderException(KeyHeaderFault.Tampered);
        }

        byte[] image = [.. _image];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(KeyHeaderLayout.GenerationAt), checked(Generation + 1));
        return image;
    }

    /// <summary>Authenticates the bytes and reads them back, so that no header leaves here that could not be opened.</summary>
    private static KeyHeader Finish(byte[] image, SecretBytes volumeKey)
    {
        ComputeMac(image, volumeKey, image.AsSpan(KeyHeaderLayout.MacAt, HMACSHA256.HashSizeInBytes));
        SHA256.HashData(image.AsSpan(0, KeyHeaderLayout.ChecksumAt), image.AsSpan(KeyHeaderLayout.ChecksumAt));
        return Parse(image);
    }

    private static bool TakesCredential(KeySlotKind kind) => kind is KeySlotKind.Passphrase or KeySlotKind.Device or KeySlotKind.Hybrid or KeySlotKind.Fido2;

    private static void WriteSlot(
        byte[] image, int number, SecretBytes volumeKey, KeyCredential credential, KeySlotOptions options)
    {
        var slot = new KeySlot(KeyHeaderLayout.Slot(image, number));
        Span<byte> name = options.Name is null ? slot.NameBytes.ToArray() : Encoding.UTF8.GetBytes(options.Name);
        if (name.Length > KeySlot.MaxNameLength || !KeySlot.IsPrintable(name))
        {
            throw new ArgumentException("The name of a key slot has at most 64 bytes and no control characters.", nameof(options));
        }

        if (credential is { Device: not null, Fido2: not null })
        {
            throw new ArgumentException("No slot takes a device key and an authenticator together.", nameof(credential));
        }

        slot.Bytes.Clear();
        slot.State = KeySlot.Active;
        slot.Kind = credential.Kind;
        slot.KeyEpoch = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.KeyEpochAt));
        slot.Created = options.Clock.GetUtcNow().ToUnixTimeSeconds();
        slot.Argon2 = credential.Passphrase is null ? default : options.Argon2;
        slot.Kdf = credential.Passphrase is null ? KeySlot.KdfHkdf : KeySlot.KdfArgon2id;
        slot.SetName(name);
        RandomNumberGenerator.Fill(slot.Salt);
        credential.Fido2?.Enrol().WriteTo(slot.Extra);

        using SecretBytes wrappingKey = CredentialWrappingKey(credential, slot) ?? throw new KeyHeaderException(KeyHeaderFault.AuthenticatorGone);
        Span<byte> associated = stackalloc byte[MaxSlotAssociatedSize];
        WrappedKey.Wrap(wrappingKey, WriteSlotAssociated(image, number, associated), volumeKey, slot.Wrapped);
    }

    private static void WriteRecovery(byte[] image, int number, SecretBytes volumeKey, NewRecovery recovery)
    {
        var slot = new KeySlot(KeyHeaderLayout.Slot(image, number));
        slot.Bytes.Clear();
        slot.State = KeySlot.Active;
        slot.Kind = KeySlotKind.RecoveryCode;
        slot.KeyEpoch = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(KeyHeaderLayout.KeyEpochAt));
        slot.Created = recovery.Clock.GetUtcNow().ToUnixTimeSeconds();
        slot.Kdf = KeySlot.KdfHkdf;
        slot.SetName("recovery code"u8);
        RandomNumberGenerator.Fill(slot.Salt);

        using SecretBytes codeKey = CodeWrappingKey(recovery.Code, slot.Salt);
        Span<byte> associated = stackalloc byte[MaxSlotAssociatedSize];
        WrappedKey.Wrap(codeKey, WriteSlotAssociated(image, number, associated), volumeKey, slot.Wrapped);

        recovery.Pair.PublicKey.CopyTo(image.AsSpan(KeyHeaderLayout.PublicKeyAt));
        using SecretBytes wrappingKey = PrivateKeyWrappingKey(codeKey, image.AsSpan(KeyHeaderLayout.VolumeIdAt, VolumeIdSize));
        Span<byte> pairAssociated = stackalloc byte[PrivateKeyAssociatedSize];
        WritePrivateKeyAssociated(image, pairAssociated);
        WrappedKey.Wrap(wrappingKey, pairAssociated, recovery.Pair.PrivateKey, image.AsSpan(KeyHeaderLayout.PrivateKeyAt, WrappedKey.Size));
    }

    /// <summary>What opens a recovery slot, the pair that the code shall open too, and the time.</summary>
    private readonly record struct NewRecovery(RecoveryCode Code, RecoveryKeyPair Pair, TimeProvider Clock);

    private int FreeSlot()
    {
        for (int i = 0; i < SlotCount; i++)
        {
            if (SlotAt(i).State == KeySlot.Empty)
            {
                return i;
            }
        }

        throw new KeyHeaderException(KeyHeaderFault.NoFreeSlot);
    }

    private void RequireActive(int slot)
    {
        if (slot is < 0 or >= SlotCount || SlotAt(slot).State != KeySlot.Active)
        {
            throw new KeyHeaderException(KeyHeaderFault.NoSuchSlot);
        }
    }

    private void RequireCredentialSlot(int slot)
    {
        RequireActive(slot);
        if (!TakesCredential(SlotAt(slot).Kind))
        {
            throw new KeyHeaderException(KeyHeaderFault.NotAPassphraseSlot);
        }
    }
}
