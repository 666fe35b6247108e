using System.Text;

namespace Tessera.Crypto.Tests.Keys;

/// <summary>
/// A header of format version 1, made once and kept: it must open for as long as Tessera exists. The values are the worked example of
/// docs/format/keys.md, which a second reader in Python computed from the same bytes.
/// </summary>
public sealed class KeyFormatTests
{
    private const string Passphrase = "correct horse battery staple";
    private const string Code = "HMN05-4BHFM-8N23F-T3BM0-YG1S2-G2BH7-XJ6VE-YN1SJ";
    private const string VolumeKey = "11dbb5183a78cc745219210edead33915fff12a81a3e2231e1c40d25a9ebddd9";
    private const string PrivateKey = "433ead40f1508b08574d827dba8ff2045faab3c8b49a81ed08421a65527992d2";

    [Theory]
    [InlineData(Passphrase, 0)]
    [InlineData(Code, 1)]
    public void Version_1_opens_with_passphrase_and_code(string input, int expectedSlot)
    {
        using Passphrase passphrase = KeyHeaderFixture.Pass(input);

        Version1().TryUnlock(passphrase, out SecretBytes? key, out int slot).ShouldBeTrue();

        slot.ShouldBe(expectedSlot);
        Convert.ToHexStringLower(key.Span).ShouldBe(VolumeKey);
        key.Dispose();
    }

    [Fact]
    public void Version_1_code_opens_the_recovery_key()
    {
        RecoveryCode.TryParse(Encoding.ASCII.GetBytes(Code), out RecoveryCode? code, out _).ShouldBeTrue();
        Convert.ToHexStringLower(code.Bytes.Span).ShouldBe("8d2a022e2f45443d0d74f403980971ec8dbf5439");

        Version1().TryOpenRecoveryKey(code, out RecoveryKeyPair? pair).ShouldBeTrue();

        Convert.ToHexStringLower(pair.PrivateKey.Span).ShouldBe(PrivateKey);
        pair.Dispose();
        code.Dispose();
    }

    [Fact]
    public void Version_1_describes_itself()
    {
        KeyHeader header = Version1();

        header.Generation.ShouldBe(1UL);
        Convert.ToHexStringLower(header.VolumeId).ShouldBe("000102030405060708090a0b0c0d0e0f");
        var created = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        header.List().ShouldBe(
        [
            new KeySlotInfo(0, KeySlotKind.Passphrase, "laptop", created, new Argon2Parameters(8192, 1, 1), 1),
            new KeySlotInfo(1, KeySlotKind.RecoveryCode, "recovery code", created, null, 1),
        ]);
    }

    private static KeyHeader Version1()
    {
        using Stream resource = typeof(KeyFormatTests).Assembly.GetManifestResourceStream("key-header-v1.txt")!;
        using var reader = new StreamReader(resource);
        return KeyBackup.Parse(reader.ReadToEnd());
    }
}
