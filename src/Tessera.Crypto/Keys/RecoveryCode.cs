using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Crypto;

/// <summary>
/// 160 random bits that open a volume when the passphrase is lost, written as eight groups of five characters to be kept on paper:
/// <c>7ZK4M-…</c>. The fifth character of a group checks the other four, so a mistake is found in its group.
/// </summary>
public sealed class RecoveryCode : IDisposable
{
    /// <summary>Bytes of entropy.</summary>
    public const int Size = 20;

    /// <summary>Characters of the written form, with the dashes.</summary>
    public const int TextLength = (GroupCount * GroupLength) + GroupCount - 1;

    private const int GroupCount = 8;
    private const int GroupLength = 5;
    private const int DataPerGroup = GroupLength - 1;
    private const int BitsPerCharacter = 5;
    private const int CharacterCount = GroupCount * GroupLength;

    /// <summary>Longest text that is looked at: the code with a few blanks; anything longer is a passphrase.</summary>
    private const int MaxTextLength = 2 * TextLength;

    private readonly SecretBytes _bytes;

    private RecoveryCode(SecretBytes bytes) => _bytes = bytes;

    internal SecretBytes Bytes => _bytes;

    /// <summary>Draws a new code.</summary>
    public static RecoveryCode Create() => new(SecretBytes.Random(Size));

    /// <summary>Reads a code in any case, with dashes or blanks anywhere, and O, I and L for 0 and 1.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="code">The code, to be disposed; null unless true is returned.</param>
    /// <param name="error">What is wrong, by group.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out RecoveryCode? code, out RecoveryCodeError error)
    {
        code = null;
        Span<byte> values = stackalloc byte[CharacterCount];
        error = ReadCharacters(text, values);
        if (error.Reason == RecoveryCodeFault.None && FirstBadGroup(values) is int bad and >= 0)
        {
            error = new RecoveryCodeError(RecoveryCodeFault.Check, bad + 1);
        }

        if (error.Reason == RecoveryCodeFault.None)
        {
            var bytes = new SecretBytes(Size);
            Pack(values, bytes.Span);
            code = new RecoveryCode(bytes);
        }

        CryptographicOperations.ZeroMemory(values);
        return code is not null;
    }

    /// <summary>Reads what was given where a passphrase is asked for as a code, if it is one.</summary>
    /// <remarks>
    /// All eight checks must fit, so a passphrase passes for a code once in 2⁴⁰ texts of this very length and alphabet. The check is how
    /// Tessera decides which slots to try.
    /// </remarks>
    public static bool TryParse(
        Passphrase input, [NotNullWhen(true)] out RecoveryCode? code, out RecoveryCodeError error)
    {
        bool parsed = TryParse(input.Bytes, out code, out error);
        GC.KeepAlive(input);
        return parsed;
    }

    /// <summary>
    /// Whether an input was very probably meant as a code though it is none: 40 characters of which most groups check. Then the message of
    /// <see cref="RecoveryCodeError"/> helps more than "wrong passphrase".
    /// </summary>
    public static bool LooksMistyped(Passphrase input)
    {
        Span<byte> values = stackalloc byte[CharacterCount];
        bool shaped = ReadCharacters(input.Bytes, values).Reason == RecoveryCodeFault.None;
        int good = 0;
        for (int group = 0; shaped && group < GroupCount; group++)
        {
            good += GroupChecks(values, group) ? 1 : 0;
        }

        CryptographicOperations.ZeroMemory(values);
        GC.KeepAlive(input);
        return good is >= GroupCount / 2 and < GroupCount;
    }

    /// <summary>Writes the code in capitals with dashes.</summary>
    /// <param name="text">At least <see cref="TextLength"/> characters; the caller clears them after printing.</param>
    public void WriteTo(Span<char> text)
    {
        Span<byte> values = stackalloc byte[DataPerGroup];
        int at = 0;
        for (int group = 0; group < GroupCount; group++)
        {
            if (group > 0)
            {
                text[at++] = '-';
            }

            Unpack(_bytes.Span, group, values);
            foreach (byte value in values)
            {
                text[at++] = RecoveryCodeAlphabet.Encode(value);
            }

            text[at++] = RecoveryCodeAlphabet.Encode(RecoveryCodeAlphabet.Check(values, group));
        }

        CryptographicOperations.ZeroMemory(values);
    }

    /// <summary>The written form as a passphrase, for the calls that take either.</summary>
    public Passphrase ToPassphrase()
    {
        Span<char> text = stackalloc char[TextLength];
        Span<byte> utf8 = stackalloc byte[TextLength];
        WriteTo(text);
        Encoding.ASCII.GetBytes(text, utf8);
        var passphrase = Passphrase.FromBytes(utf8);
        text.Clear();
        CryptographicOperations.ZeroMemory(utf8);
        return passphrase;
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => nameof(RecoveryCode);

    public void Dispose() => _bytes.Dispose();

    private static RecoveryCodeError ReadCharacters(ReadOnlySpan<byte> text, Span<byte> values)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte character = text[i];
            if (character is (byte)'-' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            if (count == values.Length || i >= MaxTextLength)
            {
                return LengthError(text);
            }

            int value = RecoveryCodeAlphabet.Decode(character);
            if (value < 0)
            {
                return new RecoveryCodeError(RecoveryCodeFault.Character, (count / GroupLength) + 1);
            }

            values[count++] = (byte)value;
        }

        return count == values.Length ? default : LengthError(text);
    }

    // When the groups are still visible by their dashes, the one with a character too few or too many can be named.
    private static RecoveryCodeError LengthError(ReadOnlySpan<byte> text)
    {
        int group = 0;
        int bad = 0;
        foreach (Range range in text.Split((byte)'-'))
        {
            group++;
            if (bad == 0 && text[range].Trim(" \t\r\n"u8).Length != GroupLength)
            {
                bad = group;
            }
        }

        return new RecoveryCodeError(RecoveryCodeFault.Length, group == GroupCount ? bad : 0);
    }

    private static int FirstBadGroup(ReadOnlySpan<byte> values)
    {
        for (int group = 0; group < GroupCount; group++)
        {
            if (!GroupChecks(values, group))
            {
                return group;
            }
        }

        return -1;
    }

    private static bool GroupChecks(ReadOnlySpan<byte> values, int group)
    {
        ReadOnlySpan<byte> characters = values.Slice(group * GroupLength, GroupLength);
        return RecoveryCodeAlphabet.Check(characters[..DataPerGroup], group) == characters[DataPerGroup];
    }

    /// <summary>Bits are packed most significant first, the check characters left out: 8 groups of 4 × 5 bits.</summary>
    private static void Pack(ReadOnlySpan<byte> values, Span<byte> bytes)
    {
        for (int group = 0; group < GroupCount; group++)
        {
            for (int i = 0; i < DataPerGroup; i++)
            {
                int firstBit = ((group * DataPerGroup) + i) * BitsPerCharacter;
                int value = values[(group * GroupLength) + i] << (16 - BitsPerCharacter - (firstBit % 8));
                bytes[firstBit / 8] |= (byte)(value >> 8);
                if ((byte)value != 0)
                {
                    bytes[(firstBit / 8) + 1] |= (byte)value;
                }
            }
        }
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int group, Span<byte> values)
    {
        for (int i = 0; i < DataPerGroup; i++)
        {
            int firstBit = ((group * DataPerGroup) + i) * BitsPerCharacter;
            int next = (firstBit / 8) + 1;
            int word = (bytes[firstBit / 8] << 8) | (next < bytes.Length ? bytes[next] : 0);
            values[i] = (byte)((word >> (16 - BitsPerCharacter - (firstBit % 8))) & 31);
        }
    }
}
