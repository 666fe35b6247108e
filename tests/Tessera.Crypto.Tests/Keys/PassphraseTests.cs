using System.Text;

namespace Tessera.Crypto.Tests.Keys;

public sealed class PassphraseTests
{
    [Theory]
    [InlineData("correct horse\n", "correct horse")]
    [InlineData("correct horse\r\n", "correct horse")]
    [InlineData("correct horse\n\n", "correct horse\n")]
    [InlineData(" correct horse \n", " correct horse ")]
    [InlineData("pässwort\r", "pässwort\r")]
    public void FromBytes_drops_one_line_end_only(string given, string kept)
    {
        using Passphrase passphrase = Passphrase.FromBytes(Encoding.UTF8.GetBytes(given));
        Encoding.UTF8.GetString(passphrase.Bytes).ShouldBe(kept);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void FromBytes_nothing_but_a_line_end_throws(string given) =>
        Should.Throw<ArgumentException>(() => Passphrase.FromBytes(Encoding.UTF8.GetBytes(given)));

    [Fact]
    public void FromBytes_longer_than_the_limit_throws()
    {
        Should.Throw<ArgumentException>(() => Passphrase.FromBytes(new byte[Passphrase.MaxLength + 1]));
        using Passphrase longest = Passphrase.FromBytes(new byte[Passphrase.MaxLength]);
        longest.Bytes.Length.ShouldBe(Passphrase.MaxLength);
    }

    [Fact]
    public void Matches_compares_content_and_ToString_hides_it()
    {
        using Passphrase one = Passphrase.FromBytes("abc"u8);
        using Passphrase two = Passphrase.FromBytes("abc\n"u8);
        using Passphrase three = Passphrase.FromBytes("abd"u8);

        one.Matches(two).ShouldBeTrue();
        one.Matches(three).ShouldBeFalse();
        one.ToString().ShouldBe("Passphrase");
    }
}
