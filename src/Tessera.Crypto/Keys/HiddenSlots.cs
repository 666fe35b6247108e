using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>Key slots that look like noise, used or not: one salt, then the volume key wrapped sixteen times (docs/format/scattered.md, Hidden slots).</summary>
/// <remarks>There is no room for parameters, names or times: nothing that could be read. Whoever opens one must know the derivation's cost.
/// Every slot is tried, always, so that the time says nothing of which one opened.</remarks>
public sealed class HiddenSlots
{
    /// <summary>Bytes of the salt and all slots.</summary>
    public const int Size = KeyDerivation.SaltSize + (KeyHeader.SlotCount * WrappedKey.Size);

    /// <summary>Passes and lanes are fixed by the format: one that took the machine's number of processors would not open on another machine.</summary>
    private const int Passes = 3;
    private const int Lanes = 4;
    private const int DefaultMemoryKiB = 256 * 1024;
    private const string CodePurpose = "hidden recovery slot";
    private readonly byte[] image;

    /// <param name="image"><see cref="Size"/> bytes, any: noise is a set of slots that open for nobody.</param>
    public HiddenSlots(ReadOnlySpan<byte> image)
    {
        if (image.Length != Size)
        {
            throw new ArgumentException($"Hidden slots have {Size} bytes.", nameof(image));
        }

        this.image = image.ToArray();
    }

    public ReadOnlySpan<byte> Image => image;

    private Span<byte> Salt => image.AsSpan(0, KeyDerivation.SaltSize);

    /// <summary>A fresh salt and sixteen slots that open for nobody.</summary>
    public static HiddenSlots Create() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>What one guess costs: 256 MiB unless told otherwise.</summary>
    public static Argon2Parameters Cost(int? memoryKiB = null) => new(memoryKiB ?? DefaultMemoryKiB, Passes, Lanes);

    /// <summary>Tries a passphrase, or a recovery code typed in its place: one derivation, whatever the number of slots.</summary>
    /// <param name="input">A passphrase, or the text of a recovery code.</param>
    /// <param name="cost">From <see cref="Cost"/>, as the slots were made with.</param>
    /// <param name="volumeKey">The volume key, to be disposed; null unless true is returned.</param>
    /// <param name="slot">The slot that opened; −1 if none did.</param>
    /// <exception cref="Argon2MemoryException">The machine has too little free memory.</exception>
    public bool TryUnlock(Passphrase input, Argon2Parameters cost, [NotNullWhen(true)] out SecretBytes? volumeKey, out int slot)
    {
        if (RecoveryCode.TryParse(input, out RecoveryCode? code, out _))
        {
            using (code)
            using (SecretBytes codeKey = KeyOf(code))
            {
                if (TryEverySlot(codeKey, out volumeKey, out slot))
                {
                    return true;
                }
            }
        }

        using SecretBytes key = KeyOf(input, cost);
        return TryEverySlot(key, out volumeKey, out slot);
    }

    /// <summary>Wraps the volume key in a slot, for a passphrase.</summary>
    public void Put(int slot, Passphrase passphrase, Argon2Parameters cost, SecretBytes volumeKey)
    {
        using SecretBytes key = KeyOf(passphrase, cost);
        Put(slot, key, volumeKey);
    }

    /// <summary>Wraps the volume key in a slot, for a recovery code.</summary>
    public void Put(int slot, RecoveryCode code, SecretBytes volumeKey)
    {
        using SecretBytes key = KeyOf(code);
        Put(slot, key, volumeKey);
    }

    /// <summary>Makes a slot noise again.</summary>
    public void Clear(int slot) => RandomNumberGenerator.Fill(Slot(slot));

    /// <summary>Whether a slot holds the same bytes, under the same salt, as in another set.</summary>
    public bool HasSame(int slot, HiddenSlots other) => Salt.SequenceEqual(other.Salt) && Slot(slot).SequenceEqual(other.Slot(slot));

    private static void WriteAssociated(int slot, Span<byte> associated) => BinaryPrimitives.WriteInt32LittleEndian(associated, slot);

    private bool TryEverySlot(SecretBytes wrappingKey, [NotNullWhen(true)] out SecretBytes? volumeKey, out int slot)
    {
        (volumeKey, slot) = (null, -1);
        Span<byte> associated = stackalloc byte[sizeof(int)];
        for (int i = 0; i < KeyHeader.SlotCount; i++)
        {
            WriteAssociated(i, associated);
            if (WrappedKey.TryUnwrap(wrappingKey, associated, Slot(i), out SecretBytes? opened))
            {
                volumeKey?.Dispose();
                (volumeKey, slot) = (opened, i);
            }
        }

        return volumeKey is not null;
    }

    private void Put(int slot, SecretBytes wrappingKey, SecretBytes volumeKey)
    {
        Span<byte> associated = stackalloc byte[sizeof(int)];
        WriteAssociated(slot, associated);
        WrappedKey.Wrap(wrappingKey, associated, volumeKey, Slot(slot));
    }

    private Span<byte> Slot(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, KeyHeader.SlotCount);
        return image.AsSpan(KeyDerivation.SaltSize + (slot * WrappedKey.Size), WrappedKey.Size);
    }

    private SecretBytes KeyOf(Passphrase passphrase, Argon2Parameters cost)
    {
        var key = new SecretBytes(WrappedKey.KeySize);
        try
        {
            KeyDerivation.FromPassphrase(passphrase, Salt, cost, key.Span);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private SecretBytes KeyOf(RecoveryCode code)
    {
        var key = new SecretBytes(WrappedKey.KeySize);
        KeyDerivation.Derive(code.Bytes, Salt, CodePurpose, key.Span);
        return key;
    }
}
