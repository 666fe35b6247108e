using System.Text;

namespace Tessera.Crypto.Tests.Keys;

public sealed class RecoveryShareTests
{
    [Theory]
    [InlineData((byte)0x57, (byte)0x83, (byte)0xC1)]
    [InlineData((byte)0x57, (byte)0x13, (byte)0xFE)]
    public void The_field_is_that_of_FIPS_197(byte a, byte b, byte product)
    {
        Field256.Multiply(a, b).ShouldBe(product);
        Field256.Divide(product, b).ShouldBe(a);
    }

    [Fact]
    public void Every_number_but_zero_divides()
    {
        for (int i = 1; i < 256; i++)
        {
            Field256.Multiply(Field256.Divide(1, (byte)i), (byte)i).ShouldBe((byte)1);
        }
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    [InlineData(31, 31)]
    public void As_many_as_are_needed_give_the_code_whichever_they_are(int threshold, int count)
    {
        var random = new Random(threshold * count);
        using RecoveryCode code = RecoveryCode.Create();
        for (int round = 0; round < 20; round++)
        {
            RecoveryShare[] shares = RecoveryShare.Split(code, threshold, count);
            random.Shuffle(shares);
            using RecoveryCode? joined = RecoveryShare.Join(shares[..threshold]);
            joined.ShouldNotBeNull().Bytes.FixedTimeEquals(code.Bytes).ShouldBeTrue();
            RecoveryShare.Join(shares[..(threshold - 1)]).ShouldBeNull();
            RecoveryShare.Join([.. shares[..(threshold - 1)], shares[0]]).ShouldBeNull("one of them twice");
            Array.ForEach(shares, share => share.Dispose());
        }
    }

    /// <summary>One byte of the secret, two shares needed: whatever one share says, each secret is as likely as any other.</summary>
    [Fact]
    public void One_share_too_few_says_nothing()
    {
        const int Tries = 20_000;
        const int Values = 256;
        using RecoveryCode code = RecoveryCode.Create();
        int[] seen = new int[Values];
        Span<char> text = stackalloc char[RecoveryShare.TextLength];
        for (int i = 0; i < Tries; i++)
        {
            RecoveryShare[] shares = RecoveryShare.Split(code, 2, 2);
            shares[1].WriteTo(text);
            seen[(Decode(text[6]) << 3) | (Decode(text[7]) >> 2)]++; // The first byte, after the first group and its dash.
            Array.ForEach(shares, share => share.Dispose());
        }

        // χ² of 255 degrees of freedom: above 381 once in 10⁶ times.
        const double Expected = (double)Tries / Values;
        seen.Sum(count => (count - Expected) * (count - Expected) / Expected).ShouldBeLessThan(381);
    }

    [Fact]
    public void WriteTo_then_TryParse_gives_the_same_share()
    {
        using RecoveryCode code = RecoveryCode.Create();
        RecoveryShare[] shares = RecoveryShare.Split(code, 2, 31);
        RecoveryShare[] read = [.. shares.Select(share => Parse(Text(share).ToLowerInvariant()))];
        using RecoveryCode? joined = RecoveryShare.Join(read[29..]);

        joined.ShouldNotBeNull().Bytes.FixedTimeEquals(code.Bytes).ShouldBeTrue();
        read.Select(share => (share.Number, share.Threshold)).ShouldBe(shares.Select(share => (share.Number, share.Threshold)));
        Text(shares[0]).ShouldMatch("^([0-9A-HJKMNP-TV-Z]{5}-){8}[0-9A-HJKMNP-TV-Z]{5}$");
        Array.ForEach([.. shares, .. read], share => share.Dispose());
    }

    [Fact]
    public void A_wrong_character_names_its_group()
    {
        using RecoveryCode code = RecoveryCode.Create();
        RecoveryShare[] shares = RecoveryShare.Split(code, 2, 2);
        string text = Text(shares[0]);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '-')
            {
                string wrong = $"{text[..i]}{(text[i] == '7' ? '8' : '7')}{text[(i + 1)..]}";
                RecoveryShare.TryParse(Encoding.ASCII.GetBytes(wrong), out _, out string problem).ShouldBeFalse(wrong);
                problem.ShouldBe($"Group {(i / 6) + 1} of the share is mistyped.");
            }
        }

        RecoveryShare.TryParse("00001-00002"u8, out _, out string tooShort).ShouldBeFalse();
        tooShort.ShouldBe("A share has 9 groups of 5 characters.");
        Array.ForEach(shares, share => share.Dispose());
    }

    [Fact]
    public void A_recovery_code_is_no_share_and_a_share_no_recovery_code()
    {
        using RecoveryCode code = RecoveryCode.Create();
        RecoveryShare[] shares = RecoveryShare.Split(code, 2, 2);
        char[] text = new char[RecoveryCode.TextLength];
        code.WriteTo(text);

        RecoveryShare.TryParse(Encoding.ASCII.GetBytes(text), out _, out _).ShouldBeFalse();
        RecoveryCode.TryParse(Encoding.ASCII.GetBytes(Text(shares[0])), out _, out _).ShouldBeFalse();
        Array.ForEach(shares, share => share.Dispose());
    }

    [Fact]
    public void Shares_of_two_splits_do_not_go_together()
    {
        using RecoveryCode code = RecoveryCode.Create();
        RecoveryShare[] one = RecoveryShare.Split(code, 2, 2);
        RecoveryShare[] other;
        do
        {
            other = RecoveryShare.Split(code, 2, 2);
        }
        while (other[0].GoesWith(one[0])); // Once in 1,024 times.

        RecoveryShare.Join([one[0], other[1]]).ShouldBeNull();
        Array.ForEach([.. one, .. other], share => share.Dispose());
    }

    private static int Decode(char character) => RecoveryCodeAlphabet.Decode((byte)character);

    private static RecoveryShare Parse(string text)
    {
        RecoveryShare.TryParse(Encoding.ASCII.GetBytes(text), out RecoveryShare? share, out string problem).ShouldBeTrue(problem);
        return share!;
    }

    private static string Text(RecoveryShare share)
    {
        char[] text = new char[RecoveryShare.TextLength];
        share.WriteTo(text);
        return new string(text);
    }
}
