namespace Tessera.Crypto.Tests.Sealing;

public sealed class ChecksumSealerTests
{
    // The expected tag was computed with libxxhash 0.8.1 from Python, from the parts that ChecksumSealer names.
    [Fact]
    public void Seal_known_unit_gives_the_documented_tag()
    {
        byte[] key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using UnitSealer sealer = UnitSealers.Create(SealAlgorithm.Checksum, key);
        byte[] cipher = new byte[5];
        byte[] tag = new byte[16];

        sealer.Seal(0x0102, "where"u8, "hello"u8, cipher, tag);

        cipher.ShouldBe("hello"u8.ToArray());
        Convert.ToHexStringLower(tag).ShouldBe("e9a2b11490f6fcf5a7fa8c3b579c89b8");
    }
}
