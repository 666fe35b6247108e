using System.Text;

namespace Tessera.Crypto.Tests.Keys;

public sealed class RecoveryCodeTests
{
    [Fact]
    public void WriteTo_then_TryParse_gives_the_same_code()
    {
        for (int i = 0; i < 200; i++)
        {
            using RecoveryCode code = RecoveryCode.Create();
            string text = Text(code);

            RecoveryCode.TryParse(Encoding.ASCII.GetBytes(text), out RecoveryCode? parsed, out RecoveryCodeError error).ShouldBeTrue();

            error.Reason.ShouldBe(RecoveryCodeFault.None);
            parsed.Bytes.FixedTimeEquals(code.Bytes).ShouldBeTrue();
            text.Length.ShouldBe(RecoveryCode.TextLength);
            text.ShouldMatch("^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$");
            parsed.Dispose();
        }
    }

    [Fact]
    public void Create_twice_gives_different_codes()
    {
        using RecoveryCode one = RecoveryCode.Create();
        using RecoveryCode two = RecoveryCode.Create();
        one.Bytes.FixedTimeEquals(two.Bytes).ShouldBeFalse();
        one.Bytes.Length.ShouldBe(20, "160 bits");
    }

    [Fact]
    public void TryParse_as_people_type_it_is_accepted()
    {
        // All-zero bits: every data character is 0, the checks are the constants of the groups, 1 and 2 and 4 …
        const string written = "00001-00002-00004-00008-0000G-00005-0000A-0000M";
        foreach (string typed in new[]
        {
            written,
            written.ToLowerInvariant(),
            written.Replace("-", "", StringComparison.Ordinal),
            written.Replace('-', ' ') + "\r\n",
            written.Replace('0', 'O'),
            written.Replace('0', 'o').Replace('1', 'l'),
            written.Replace('1', 'I'),
        })
        {
            RecoveryCode.TryParse(Encoding.UTF8.GetBytes(typed), out RecoveryCode? code, out _).ShouldBeTrue(typed);
            code.Bytes.Span.ToArray().ShouldAllBe(b => b == 0);
            Text(code).ShouldBe(written);
            code.Dispose();
        }
    }

    [Fact]
    public void TryParse_any_single_wrong_character_names_its_group()
    {
        using RecoveryCode code = RecoveryCode.Create();
        string text = Text(code);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '-')
            {
                continue;
            }

            foreach (char wrong in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".Where(c => c != text[at]))
            {
                ErrorOf(text[..at] + wrong + text[(at + 1)..]).ShouldBe(new RecoveryCodeError(RecoveryCodeFault.Check, (at / 6) + 1));
            }
        }
    }

    [Fact]
    public void TryParse_two_characters_swapped_in_a_group_names_it()
    {
        using RecoveryCode code = RecoveryCode.Create();
        string text = Text(code);
        for (int group = 0; group < 8; group++)
        {
            for (int i = 0; i < 5; i++)
            {
                for (int j = i + 1; j < 5; j++)
                {
                    char[] swapped = text.ToCharArray();
                    (swapped[(group * 6) + i], swapped[(group * 6) + j]) = (swapped[(group * 6) + j], swapped[(group * 6) + i]);
                    if (swapped[(group * 6) + i] != swapped[(group * 6) + j])
                    {
                        ErrorOf(new string(swapped)).ShouldBe(new RecoveryCodeError(RecoveryCodeFault.Check, group + 1));
                    }
                }
            }
        }
    }

    [Fact]
    public void TryParse_two_groups_swapped_is_found()
    {
        using RecoveryCode code = RecoveryCode.Create();
        string[] groups = Text(code).Split('-');
        for (int i = 0; i < 8; i++)
        {
            for (int j = i + 1; j < 8; j++)
            {
                string[] swapped = [.. groups];
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                ErrorOf(string.Join('-', swapped)).ShouldBe(new RecoveryCodeError(RecoveryCodeFault.Check, i + 1));
            }
        }
    }

    [Theory]
    [InlineData("00001-00002-00004-0008-0000G-00005-0000A-0000M", RecoveryCodeFault.Length, 4)]
    [InlineData("00001-000022-00004-00008-0000G-00005-0000A-0000M", RecoveryCodeFault.Length, 2)]
    [InlineData("00001-00002-00004", RecoveryCodeFault.Length, 0)]
    [InlineData("", RecoveryCodeFault.Length, 0)]
    [InlineData("00001-00002-00U04-00008-0000G-00005-0000A-0000M", RecoveryCodeFault.Character, 3)]
    [InlineData("correct horse battery staple", RecoveryCodeFault.Length, 0)]
    [InlineData("tuesday", RecoveryCodeFault.Character, 1)] // base 32 has no U
    [InlineData("0000!", RecoveryCodeFault.Character, 1)]
    [InlineData("größer", RecoveryCodeFault.Character, 1)]
    public void TryParse_malformed_text_says_where(string text, RecoveryCodeFault fault, int group)
    {
        RecoveryCodeError error = ErrorOf(text);
        error.ShouldBe(new RecoveryCodeError(fault, group));
        error.Message.ShouldContain(group == 0 ? "8 groups" : $"Group {group}");
    }

    [Fact]
    public void TryParse_random_bytes_never_throws()
    {
        var random = new Random(20261121);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] text = new byte[random.Next(120)];
            random.NextBytes(text);
            RecoveryCode.TryParse(text, out _, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void LooksMistyped_a_code_with_one_wrong_group_and_no_passphrase()
    {
        LooksMistyped("00001-00002-00004-00008-0000G-00005-0000A-0000N").ShouldBeTrue();
        LooksMistyped("00001-00002-00004-00008-0000G-00005-0000A-0000M").ShouldBeFalse("it is a code");
        LooksMistyped("correct horse battery staple").ShouldBeFalse();
        LooksMistyped("0123456789abcdefghjkmnpqrstvwxyz01234567").ShouldBeFalse();

        static bool LooksMistyped(string text)
        {
            using Passphrase input = Passphrase.FromBytes(Encoding.UTF8.GetBytes(text));
            return RecoveryCode.LooksMistyped(input);
        }
    }

    [Fact]
    public void ToString_hides_the_code()
    {
        using RecoveryCode code = RecoveryCode.Create();
        code.ToString().ShouldBe("RecoveryCode");
    }

    internal static string Text(RecoveryCode code)
    {
        Span<char> text = stackalloc char[RecoveryCode.TextLength];
        code.WriteTo(text);
        return new string(text);
    }

    private static RecoveryCodeError ErrorOf(string text)
    {
        RecoveryCode.TryParse(Encoding.UTF8.GetBytes(text), out RecoveryCode? code, out RecoveryCodeError error).ShouldBeFalse(text);
        code.ShouldBeNull();
        return error;
    }
}
