using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>
/// One of several parts of a recovery code, of which so many together give the code and fewer nothing at all (A. Shamir, "How to share a secret", 1979, over the
/// field of 256 elements, byte by byte). Written as nine groups: the first says which of which shares it is, the others are its 160 bits.
/// </summary>
public sealed class RecoveryShare : IDisposable
{
    /// <summary>Shares of one code: their numbers, and how many are needed, are one character each.</summary>
    public const int MaxShares = 31;

    /// <summary>With one share that is enough each would be the code.</summary>
    public const int LeastThreshold = 2;

    /// <summary>Characters of the written form, with the dashes.</summary>
    public const int TextLength = CharacterCount + GroupCount - 1;

    private const int GroupCount = 1 + RecoveryCode.GroupCount;
    private const int CharacterCount = GroupCount * CodeText.GroupLength;
    private const int SetBits = 10;
    private const int CharacterBits = 5;
    private const int CharacterMask = (1 << CharacterBits) - 1;

    private readonly SecretBytes _bytes;
    private readonly int _set;

    private RecoveryShare(int number, int threshold, int set, SecretBytes bytes)
    {
        Number = number;
        Threshold = threshold;
        _set = set;
        _bytes = bytes;
    }

    /// <summary>Which it is, from 1.</summary>
    public int Number { get; }

    /// <summary>How many give the code.</summary>
    public int Threshold { get; }

    /// <summary>Splits a code. Another split of the same code gives shares that do not go together with these.</summary>
    /// <param name="code">Stays the caller's.</param>
    /// <param name="threshold">Shares that give the code, from <see cref="LeastThreshold"/> to <paramref name="count"/>.</param>
    /// <param name="count">At most <see cref="MaxShares"/>.</param>
    /// <returns>To be disposed, each.</returns>
    public static RecoveryShare[] Split(RecoveryCode code, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxShares);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, LeastThreshold);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        using SecretBytes coefficients = SecretBytes.Random((threshold - 1) * RecoveryCode.Size);
        int set = RandomNumberGenerator.GetInt32(1 << SetBits);
        var shares = new RecoveryShare[count];
        for (int i = 0; i < count; i++)
        {
            var bytes = new SecretBytes(RecoveryCode.Size);
            for (int at = 0; at < RecoveryCode.Size; at++)
            {
                bytes.Span[at] = Evaluate(coefficients.Span, at, code.Bytes.Span[at], (byte)(i + 1));
            }

            shares[i] = new RecoveryShare(i + 1, threshold, set, bytes);
        }

        return shares;
    }

    /// <summary>The code, to be disposed; null unless these are enough different shares of one split.</summary>
    /// <remarks>Shares that pass for such and are not give a code that opens nothing.</remarks>
    public static RecoveryCode? Join(IReadOnlyCollection<RecoveryShare> shares)
    {
        RecoveryShare? first = shares.FirstOrDefault();
        if (first is null || shares.Any(share => !share.GoesWith(first)) || shares.DistinctBy(share => share.Number).Count() < first.Threshold)
        {
            return null;
        }

        RecoveryShare[] used = [.. shares.DistinctBy(share => share.Number).Take(first.Threshold)];
        var bytes = new SecretBytes(RecoveryCode.Size);
        foreach (RecoveryShare share in used)
        {
            byte weight = WeightAtZero(share, used);
            for (int at = 0; at < RecoveryCode.Size; at++)
            {
                bytes.Span[at] ^= Field256.Multiply(weight, share._bytes.Span[at]);
            }
        }

        return new RecoveryCode(bytes);
    }

    /// <summary>Whether both are of one split.</summary>
    public bool GoesWith(RecoveryShare other) => _set == other._set && Threshold == other.Threshold;

    /// <summary>Reads a share in any case, with dashes or blanks anywhere, and O, I and L for 0 and 1.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="share">To be disposed; null unless true is returned.</param>
    /// <param name="problem">What is wrong, by group; never what was typed.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out RecoveryShare? share, out string problem)
    {
        share = null;
        Span<byte> values = stackalloc byte[CharacterCount];
        RecoveryCodeError error = CodeText.Read(text, values);
        if (error.Reason == RecoveryCodeFault.None && CodeText.FirstBadGroup(values) is int bad and >= 0)
        {
            error = new RecoveryCodeError(RecoveryCodeFault.Check, bad + 1);
        }

        (int number, int threshold) = (values[0], values[1]);
        bool isShare = error.Reason == RecoveryCodeFault.None && number >= 1 && threshold >= LeastThreshold;
        problem = isShare ? string.Empty : error.Reason != RecoveryCodeFault.None ? error.Describe("share", GroupCount) : "Group 1 is not that of a share.";
        if (isShare)
        {
            var bytes = new SecretBytes(RecoveryCode.Size);
            CodeText.Pack(values[CodeText.GroupLength..], bytes.Span);
            share = new RecoveryShare(number, threshold, (values[2] << CharacterBits) | values[3], bytes);
        }

        CryptographicOperations.ZeroMemory(values);
        return share is not null;
    }

    /// <summary>Writes the share in capitals with dashes.</summary>
    /// <param name="text">At least <see cref="TextLength"/> characters; the caller clears them after printing.</param>
    public void WriteTo(Span<char> text)
    {
        ReadOnlySpan<byte> head = [(byte)Number, (byte)Threshold, (byte)(_set >> CharacterBits), (byte)(_set & CharacterMask)];
        CodeText.Write(CodeText.WriteGroup(text, head, 0), _bytes.Span, first: 1);
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => nameof(RecoveryShare);

    public void Dispose() => _bytes.Dispose();

    /// <summary>The polynomial of one byte at x, by Horner's rule: the secret is its constant.</summary>
    private static byte Evaluate(ReadOnlySpan<byte> coefficients, int at, byte secret, byte x)
    {
        byte value = 0;
        for (int i = coefficients.Length - RecoveryCode.Size + at; i >= 0; i -= RecoveryCode.Size)
        {
            value = Field256.Multiply((byte)(value ^ coefficients[i]), x);
        }

        return (byte)(value ^ secret);
    }

    /// <summary>Lagrange's weight of a share in the value at zero: the product of other / (other − own), and minus is plus here.</summary>
    private static byte WeightAtZero(RecoveryShare own, RecoveryShare[] all)
    {
        byte weight = 1;
        foreach (RecoveryShare other in all)
        {
            if (other != own)
            {
                weight = Field256.Multiply(weight, Field256.Divide((byte)other.Number, (byte)(other.Number ^ own.Number)));
            }
        }

        return weight;
    }
}
