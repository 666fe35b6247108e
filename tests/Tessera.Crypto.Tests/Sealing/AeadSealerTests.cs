using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tessera.Crypto.Tests.Sealing;

public sealed class AeadSealerTests
{
    private static readonly int[] Lengths = [0, 1, 15, 16, 17, 255, 287, 288, 289, 4096, 4097, 65536, 1 << 20];

    // Test case 13 and 14 of "The Galois/Counter Mode of Operation" (McGrew, Viega), whose nonce is zero and so is our counter 0.
    [Theory]
    [InlineData("", "", "530f8afbc74536b9a963b4f1c4cb738b")]
    [InlineData("00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919")]
    public void Aes256Gcm_published_vector_matches(string plain, string cipher, string tag)
    {
        using UnitSealer sealer = UnitSealers.Create(SealAlgorithm.Aes256Gcm, new byte[32]);
        byte[] sealedBytes = new byte[plain.Length / 2];
        byte[] actualTag = new byte[16];

        sealer.Seal(0, [], Convert.FromHexString(plain), sealedBytes, actualTag);

        Convert.ToHexStringLower(sealedBytes).ShouldBe(cipher);
        Convert.ToHexStringLower(actualTag).ShouldBe(tag);
    }

    // RFC 8439 A.5 (the one vector of the RFC whose nonce starts with four zero bytes), decrypted.
    [Fact]
    public void ChaCha20Poly1305_vector_of_rfc8439_opens()
    {
        byte[] key = Convert.FromHexString("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
        byte[] associated = Convert.FromHexString("f33388860000000000004e91");
        byte[] cipher = Convert.FromHexString(
            "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
            + "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
            + "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
            + "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
            + "a6ad5cb4022b02709b");
        byte[] tag = Convert.FromHexString("eead9d67890cbb22392336fea1851f38");
        byte[] plain = new byte[cipher.Length];
        using UnitSealer sealer = UnitSealers.Create(SealAlgorithm.ChaCha20Poly1305, key);

        sealer.TryOpen(0x0102030405060708, associated, cipher, tag, plain).ShouldBeTrue();

        System.Text.Encoding.UTF8.GetString(plain).ShouldStartWith("Internet-Drafts are draft documents valid for a maximum of six months");
    }

    [Theory]
    [InlineData(SealAlgorithm.Aes256Gcm)]
    [InlineData(SealAlgorithm.ChaCha20Poly1305)]
    public void Seal_any_length_matches_the_implementation_of_dotnet(SealAlgorithm algorithm)
    {
        byte[] key = SealerData.Bytes(1, 32);
        using UnitSealer sealer = UnitSealers.Create(algorithm, key);
        ulong counter = 0xF1F2_F3F4_F5F6_F7F8;
        foreach (int length in Lengths)
        {
            byte[] plain = SealerData.Bytes(2, length);
            byte[] associated = SealerData.Bytes(3, length % 70);
            byte[] cipher = new byte[length];
            byte[] tag = new byte[16];

            sealer.Seal(++counter, associated, plain, cipher, tag);

            (byte[] expectedCipher, byte[] expectedTag) = SealWithDotNet(algorithm, key, counter, associated, plain);
            cipher.ShouldBe(expectedCipher, $"{length} bytes");
            tag.ShouldBe(expectedTag, $"{length} bytes");
        }
    }

    private static (byte[] Cipher, byte[] Tag) SealWithDotNet(
        SealAlgorithm algorithm, byte[] key, ulong counter, byte[] associated, byte[] plain)
    {
        byte[] nonce = new byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(4), counter);
        byte[] cipher = new byte[plain.Length];
        byte[] tag = new byte[16];
        if (algorithm == SealAlgorithm.Aes256Gcm)
        {
            using var gcm = new AesGcm(key, 16);
            gcm.Encrypt(nonce, plain, cipher, tag, associated);
        }
        else
        {
            using var chacha = new ChaCha20Poly1305(key);
            chacha.Encrypt(nonce, plain, cipher, tag, associated);
        }

        return (cipher, tag);
    }
}
