using System.Security.Cryptography;
using System.Text;

namespace Tessera.Crypto.Tests.Keys;

/// <summary>A new header with the cheapest parameters that a header may have; the derivation is the real one.</summary>
internal sealed class KeyHeaderFixture : IDisposable
{
    public static readonly KeySlotOptions Cheap = new() { Argon2 = new Argon2Parameters(Argon2Parameters.MinMemoryKiB, 1, 1) };

    public static readonly byte[] VolumeId = [.. Enumerable.Range(0x10, 16).Select(i => (byte)i)];

    public KeyHeaderFixture(string passphrase = "first")
    {
        using Passphrase first = Pass(passphrase);
        Header = KeyHeader.Create(VolumeId, first, Cheap with { Name = "laptop" }, out SecretBytes key, out RecoveryCode code);
        VolumeKey = key;
        Code = code;
    }

    public KeyHeader Header { get; }

    public SecretBytes VolumeKey { get; }

    public RecoveryCode Code { get; }

    public static Passphrase Pass(string text) => Passphrase.FromBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>The slot that opens, or −1; the key must be the volume's.</summary>
    public int SlotOpenedBy(KeyHeader header, string input)
    {
        using Passphrase passphrase = Pass(input);
        if (!header.TryUnlock(passphrase, out SecretBytes? key, out int slot))
        {
            key.ShouldBeNull();
            return slot;
        }

        using (key)
        {
            key.FixedTimeEquals(VolumeKey).ShouldBeTrue("a slot opened, but with another key");
            return slot;
        }
    }

    public static byte[] Bytes(KeyHeader header)
    {
        byte[] bytes = new byte[KeyHeader.Size];
        header.Encode(bytes);
        return bytes;
    }

    /// <summary>Makes the unkeyed checksum fit again, as anybody can.</summary>
    public static byte[] WithChecksum(byte[] bytes)
    {
        SHA256.HashData(bytes.AsSpan(0, KeyHeaderLayout.ChecksumAt), bytes.AsSpan(KeyHeaderLayout.ChecksumAt));
        return bytes;
    }

    public void Dispose()
    {
        VolumeKey.Dispose();
        Code.Dispose();
    }
}
