using System.Security.Cryptography;
using System.Text;
using Tessera.Crypto.Native;

namespace Tessera.Crypto.Tests.Derivation;

public sealed class KeyDerivationTests
{
    private static readonly Argon2Parameters Small = new(Argon2Parameters.MinMemoryKiB, 1, 1);

    // RFC 9106, 5.3.
    [Fact]
    public void Argon2id_vector_of_rfc9106_matches()
    {
        byte[] tag = new byte[32];
        var input = new Argon2.Input
        {
            Password = Enumerable.Repeat((byte)1, 32).ToArray(),
            Salt = Enumerable.Repeat((byte)2, 16).ToArray(),
            Secret = Enumerable.Repeat((byte)3, 8).ToArray(),
            Associated = Enumerable.Repeat((byte)4, 12).ToArray(),
        };

        Argon2.Hash(input, memoryKiB: 32, passes: 3, lanes: 4, tag).ShouldBe(Argon2.Ok);

        Convert.ToHexStringLower(tag).ShouldBe("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    [Fact]
    public void FromPassphrase_any_changed_input_changes_the_key()
    {
        string[] keys =
        [
            Key("secret", 0, Small),
            Key("secreT", 0, Small),
            Key("secret", 1, Small),
            Key("secret", 0, Small with { Passes = 2 }),
            Key("secret", 0, Small with { MemoryKiB = Small.MemoryKiB + 1024 }),
            Key("secret", 0, Small with { Lanes = 2 }),
        ];

        keys.Distinct().Count().ShouldBe(keys.Length);
        Key("secret", 0, Small).ShouldBe(keys[0]);
    }

    [Theory]
    [InlineData(8 * 1024 - 1, 1, 1)]
    [InlineData(4 * 1024 * 1024 + 1, 1, 1)]
    [InlineData(int.MaxValue, 1, 1)]
    [InlineData(8 * 1024, 0, 1)]
    [InlineData(8 * 1024, 65, 1)]
    [InlineData(8 * 1024, 1, 0)]
    [InlineData(8 * 1024, 1, 17)]
    [InlineData(4 * 1024 * 1024, 9, 1)]
    public void FromPassphrase_parameters_beyond_limits_throw(int memoryKiB, int passes, int lanes) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Key("secret", 0, new Argon2Parameters(memoryKiB, passes, lanes)));

    [Fact]
    public void Default_parameters_take_256_MiB_and_3_passes()
    {
        Argon2Parameters.Default.MemoryKiB.ShouldBeGreaterThanOrEqualTo(256 * 1024);
        Argon2Parameters.Default.Passes.ShouldBe(3);
        Argon2Parameters.Default.IsWithinLimits.ShouldBeTrue();
    }

    [Fact]
    public void ThrowIfShortOfMemory_names_need_room_and_the_way_out()
    {
        var error = Should.Throw<Argon2MemoryException>(
            () => KeyDerivation.ThrowIfShortOfMemory(Argon2Parameters.Default, availableBytes: 100L << 20));

        error.NeededKiB.ShouldBe(256 * 1024);
        error.Message.ShouldContain("256 MiB");
        error.Message.ShouldContain("100 MiB");
        error.Message.ShouldContain("explicitly");
        Should.NotThrow(() => KeyDerivation.ThrowIfShortOfMemory(Argon2Parameters.Default, availableBytes: 256L << 20));
    }

    [Fact]
    public void AvailableMemory_is_at_most_what_the_kernel_reports()
    {
        long total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        AvailableMemory.Read().ShouldBeInRange(1L << 20, total);
    }

    // RFC 5869 is checked against the other HKDF at hand: HMAC by hand.
    [Fact]
    public void Derive_is_hkdf_with_the_prefixed_purpose()
    {
        byte[] key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] salt = [1, 2, 3];
        byte[] output = new byte[32];

        KeyDerivation.Derive(key, salt, "key header", output);

        byte[] extracted = HMACSHA256.HashData(salt, key);
        output.ShouldBe(HMACSHA256.HashData(extracted, "tessera key header\u0001"u8.ToArray()));
    }

    [Fact]
    public void Derive_other_purpose_salt_or_key_gives_another_key()
    {
        using SecretBytes key = SecretBytes.CopyOf(new byte[32]);
        string[] keys = [Derived("a", []), Derived("b", []), Derived("a", [1])];
        keys.Distinct().Count().ShouldBe(3);
        Should.Throw<ArgumentException>(() => Derived(new string('x', 65), []));
        Should.Throw<ArgumentException>(() => Derived("", []));

        string Derived(string purpose, byte[] salt)
        {
            byte[] output = new byte[32];
            KeyDerivation.Derive(key, salt, purpose, output);
            return Convert.ToHexString(output);
        }
    }

    private static string Key(string text, byte salt, Argon2Parameters parameters)
    {
        using Passphrase passphrase = Passphrase.FromBytes(Encoding.UTF8.GetBytes(text));
        byte[] salts = new byte[32];
        salts[0] = salt;
        byte[] key = new byte[32];
        KeyDerivation.FromPassphrase(passphrase, salts, parameters, key);
        return Convert.ToHexString(key);
    }
}
