using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>Secrets as people write them: groups of five characters of <see cref="RecoveryCodeAlphabet"/>, of which the fifth checks the other four.</summary>
internal static class CodeText
{
    public const int GroupLength = 5;
    public const int DataPerGroup = GroupLength - 1;
    private const int BitsPerCharacter = 5;

    /// <summary>Characters of so many groups, with the dashes between them.</summary>
    public static int Length(int groups) => (groups * GroupLength) + groups - 1;

    /// <summary>Reads the values of all characters, in any case, with dashes or blanks anywhere; the checks are not looked at.</summary>
    /// <param name="text">UTF-8. More than twice the length of a code with its dashes is none.</param>
    /// <param name="values">As many as a code has.</param>
    public static RecoveryCodeError Read(ReadOnlySpan<byte> text, Span<byte> values)
    {
        int groups = values.Length / GroupLength;
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte character = text[i];
            if (character is (byte)'-' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            if (count == values.Length || i >= 2 * Length(groups))
            {
                return LengthError(text, groups);
            }

            int value = RecoveryCodeAlphabet.Decode(character);
            if (value < 0)
            {
                return new RecoveryCodeError(RecoveryCodeFault.Character, (count / GroupLength) + 1);
            }

            values[count++] = (byte)value;
        }

        return count == values.Length ? default : LengthError(text, groups);
    }

    /// <summary>The first group whose check does not fit, from 0; −1: all fit.</summary>
    public static int FirstBadGroup(ReadOnlySpan<byte> values)
    {
        for (int group = 0; group < values.Length / GroupLength; group++)
        {
            if (!Checks(values, group))
            {
                return group;
            }
        }

        return -1;
    }

    public static bool Checks(ReadOnlySpan<byte> values, int group)
    {
        ReadOnlySpan<byte> characters = values.Slice(group * GroupLength, GroupLength);
        return RecoveryCodeAlphabet.Check(characters[..DataPerGroup], group) == characters[DataPerGroup];
    }

    /// <summary>The bytes that groups hold. Bits are packed most significant first, the check characters left out.</summary>
    public static void Pack(ReadOnlySpan<byte> values, Span<byte> bytes)
    {
        for (int group = 0; group < values.Length / GroupLength; group++)
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

    /// <summary>The four values of a group of what was packed.</summary>
    public static void Unpack(ReadOnlySpan<byte> bytes, int group, Span<byte> values)
    {
        for (int i = 0; i < DataPerGroup; i++)
        {
            int firstBit = ((group * DataPerGroup) + i) * BitsPerCharacter;
            int next = (firstBit / 8) + 1;
            int word = (bytes[firstBit / 8] << 8) | (next < bytes.Length ? bytes[next] : 0);
            values[i] = (byte)((word >> (16 - BitsPerCharacter - (firstBit % 8))) & 31);
        }
    }

    /// <summary>Writes one group, with a dash before it unless it is the first.</summary>
    /// <returns>What is left of the text.</returns>
    public static Span<char> WriteGroup(Span<char> text, scoped ReadOnlySpan<byte> values, int group)
    {
        if (group > 0)
        {
            text[0] = '-';
            text = text[1..];
        }

        for (int i = 0; i < DataPerGroup; i++)
        {
            text[i] = RecoveryCodeAlphabet.Encode(values[i]);
        }

        text[DataPerGroup] = RecoveryCodeAlphabet.Encode(RecoveryCodeAlphabet.Check(values, group));
        return text[GroupLength..];
    }

    /// <summary>Writes bytes in groups.</summary>
    /// <param name="first">The number of the first group in the text.</param>
    public static void Write(Span<char> text, ReadOnlySpan<byte> bytes, int first)
    {
        Span<byte> values = stackalloc byte[DataPerGroup];
        int groups = bytes.Length * 8 / (DataPerGroup * BitsPerCharacter);
        for (int group = 0; group < groups; group++)
        {
            Unpack(bytes, group, values);
            text = WriteGroup(text, values, first + group);
        }

        CryptographicOperations.ZeroMemory(values);
    }

    // When the groups are still visible by their dashes, the one with a character too few or too many can be named.
    private static RecoveryCodeError LengthError(ReadOnlySpan<byte> text, int groups)
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

        return new RecoveryCodeError(RecoveryCodeFault.Length, group == groups ? bad : 0);
    }
}
