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
    public const int TextLength = CharacterCount + GroupCount - 1;

    internal const int GroupCount = 8;
    private const int CharacterCount = GroupCount * CodeText.GroupLength;

    private readonly SecretBytes _bytes;

    internal RecoveryCode(SecretBytes bytes) => _bytes = bytes;

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
        error = CodeText.Read(text, values);
        if (error.Reason == RecoveryCodeFault.None && CodeText.FirstBadGroup(values) is int bad and >= 0)
        {
            error = new RecoveryCodeError(RecoveryCodeFault.Check, bad + 1);
        }

        if (error.Reason == RecoveryCodeFault.None)
        {
            var bytes = new SecretBytes(Size);
            CodeText.Pack(values, bytes.Span);
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
        bool shaped = CodeText.Read(input.Bytes, values).Reason == RecoveryCodeFault.None;
        int good = 0;
        for (int group = 0; shaped && group < GroupCount; group++)
        {
            good += CodeText.Checks(values, group) ? 1 : 0;
        }

        CryptographicOperations.ZeroMemory(values);
        GC.KeepAlive(input);
        return good is >= GroupCount / 2 and < GroupCount;
    }

    /// <summary>Writes the code in capitals with dashes.</summary>
    /// <param name="text">At least <see cref="TextLength"/> characters; the caller clears them after printing.</param>
    public void WriteTo(Span<char> text) => CodeText.Write(text, _bytes.Span, first: 0);

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
}
