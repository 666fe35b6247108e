namespace Tessera.Crypto;

/// <summary>Crockford's base 32 with a check character per group, both over the field of 32 elements.</summary>
/// <remarks>
/// The check of a group is a sum of its four characters with the weights α, α², α³, α⁴ and a constant αⁱ of its own (i = 0 for the first
/// group). Five different weights catch every single wrong character and every swap of two characters in a group; the constant catches
/// every swap of two groups.
/// </remarks>
internal static class RecoveryCodeAlphabet
{
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int FieldPolynomial = 0b10_0101; // x⁵ + x² + 1, which makes α = 2 a generator

    /// <summary>The character for a value of 0 to 31.</summary>
    public static char Encode(int value) => Digits[value];

    /// <summary>The value of a character, read as a person would mean it: any case, O as 0, I and L as 1. −1 for any other.</summary>
    public static int Decode(byte character) => (char)(character & ~0x20) switch
    {
        'O' => 0,
        'I' or 'L' => 1,
        >= 'A' and <= 'Z' and var letter => Digits.IndexOf(letter, StringComparison.Ordinal),
        _ => character is >= (byte)'0' and <= (byte)'9' ? character - '0' : -1,
    };

    /// <summary>The check value of a group.</summary>
    /// <param name="values">The four values of the group.</param>
    /// <param name="group">Its index, 0 to 7.</param>
    public static int Check(ReadOnlySpan<byte> values, int group)
    {
        int sum = 0;
        for (int i = values.Length - 1; i >= 0; i--)
        {
            sum = TimesAlpha(sum ^ values[i]);
        }

        int constant = 1;
        for (int i = 0; i < group; i++)
        {
            constant = TimesAlpha(constant);
        }

        return sum ^ constant;
    }

    private static int TimesAlpha(int value)
    {
        int doubled = value << 1;
        return doubled > 31 ? doubled ^ FieldPolynomial : doubled;
    }
}
