using System.Security.Cryptography;
using System.Text;
using Tessera.Crypto;
using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Keys;

/// <summary>The key header as a medium shows it, most of the time with a checksum that fits: whatever is in it, it is refused by name, or means something and stays as it is.</summary>
internal sealed class KeyHeaderTarget : FuzzTarget, IDisposable
{
    private readonly RecoveryCode code;
    private readonly RecoveryKeyPair outer = RecoveryKeyPair.Create();
    private readonly byte[] other;
    private readonly byte[] encoded = new byte[KeyHeader.Size];

    public KeyHeaderTarget()
    {
        byte[] volumeId = [.. Enumerable.Range(1, KeyHeader.VolumeIdSize).Select(i => (byte)i)];
        using Passphrase passphrase = Passphrase.FromBytes("fuzz"u8);
        var options = new KeySlotOptions { Name = "first", Argon2 = new Argon2Parameters(Argon2Parameters.MinMemoryKiB, 1, 1) };
        KeyHeader first = KeyHeader.Create(volumeId, passphrase, options, out SecretBytes volumeKey, out code);
        using (volumeKey)
        {
            KeyHeader second = first.Add(volumeKey, passphrase, options with { Name = "zweite Wörter" }, out _);
            other = Encode(first);
            Seeds = [other, Encode(second), Encode(second.SealToOuter(volumeKey, outer.PublicKey, TimeProvider.System, out _))];
        }
    }

    public override string Name => "key-header";

    public override IReadOnlyList<byte[]> Seeds { get; }

    public override int LongestInput => KeyHeader.Size + 64;

    public override long AllocationLimit => 256 << 10;

    public override bool IsDeclared(Exception exception) => exception is KeyHeaderException;

    /// <summary>Behind the checksum is where fields are read.</summary>
    public override void Repair(byte[] input, FuzzRandom random)
    {
        if (input.Length >= KeyHeader.Size && random.Below(16) != 0)
        {
            SHA256.HashData(input.AsSpan(0, KeyHeader.Size - SHA256.HashSizeInBytes), input.AsSpan(KeyHeader.Size - SHA256.HashSizeInBytes));
        }
    }

    public override void Read(byte[] input)
    {
        KeyHeader header = KeyHeader.Parse(input.Length > KeyHeader.Size ? input[..KeyHeader.Size] : input);
        header.Encode(encoded);
        if (!encoded.AsSpan().SequenceEqual(input.AsSpan(0, KeyHeader.Size)))
        {
            throw new InvalidOperationException("A header was read and written again, and is another.");
        }

        foreach (KeySlotInfo slot in header.List())
        {
            if (slot.Argon2 is { IsWithinLimits: false } || Encoding.UTF8.GetByteCount(slot.Name) > 64)
            {
                throw new InvalidOperationException($"Slot {slot.Slot} is beyond its limits.");
            }
        }

        _ = KeyHeader.ChooseNewest(encoded, other);
        if (header.TryUnlockWithCode(code, out SecretBytes? key, out _))
        {
            key.Dispose();
        }

        if (header.TryUnlockWithOuter(outer, out SecretBytes? sealedKey, out _))
        {
            sealedKey.Dispose();
        }
    }

    public void Dispose()
    {
        code.Dispose();
        outer.Dispose();
    }

    private static byte[] Encode(KeyHeader header)
    {
        byte[] bytes = new byte[KeyHeader.Size];
        header.Encode(bytes);
        return bytes;
    }
}
