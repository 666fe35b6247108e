using System.Text;

namespace Tessera.Host.Secrets;

/// <summary>A key file with a device key that only one TPM can give (docs/format/keys.md, section 1): four lines of text.</summary>
/// <param name="Pcrs">The registers that it is bound to; null: none.</param>
/// <param name="Public">TPM2B_PUBLIC of the sealed object (TPM 2.0 Library, part 2, 12.2.5).</param>
/// <param name="Private">TPM2B_PRIVATE of it (part 2, 12.3.7): encrypted by the TPM.</param>
internal sealed record TpmKeyFile(string? Pcrs, byte[] Public, byte[] Private)
{
    /// <summary>Longest file, bytes. What the TPM sealed takes some 240.</summary>
    public const int MaxBytes = 4096;
    private const string Magic = "tessera tpm2 key 1";
    private const string PcrsWord = "pcrs ";
    private const string PublicWord = "public ";
    private const string PrivateWord = "private ";
    private const string None = "none";

    public static bool IsOne(ReadOnlySpan<byte> content) => content.StartsWith("tessera tpm2 key "u8);

    /// <summary>Whether tpm2-tools may be given this as a list of registers: a bank and numbers below 24.</summary>
    public static bool IsPcrList(string text)
    {
        string[] parts = text.Split(':');
        return parts is ["sha1" or "sha256" or "sha384" or "sha512", { } numbers]
            && Array.TrueForAll(numbers.Split(','), number => number.Length is 1 or 2 && number.All(char.IsAsciiDigit) && int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) < 24);
    }

    /// <exception cref="FormatException">It is none, or a newer one.</exception>
    public static TpmKeyFile Parse(ReadOnlySpan<byte> content)
    {
        string[] lines = Encoding.ASCII.GetString(content).Split('\n');
        if (lines is not [Magic, { } pcrs, { } open, { } secret, ""]
            || !pcrs.StartsWith(PcrsWord, StringComparison.Ordinal)
            || !open.StartsWith(PublicWord, StringComparison.Ordinal)
            || !secret.StartsWith(PrivateWord, StringComparison.Ordinal))
        {
            throw new FormatException("It is no key file of version 1.");
        }

        string registers = pcrs[PcrsWord.Length..];
        return registers == None || IsPcrList(registers)
            ? new TpmKeyFile(registers == None ? null : registers, Convert.FromBase64String(open[PublicWord.Length..]), Convert.FromBase64String(secret[PrivateWord.Length..]))
            : throw new FormatException("Its list of registers is none.");
    }

    public byte[] Encode() => Encoding.ASCII.GetBytes(
        $"{Magic}\n{PcrsWord}{Pcrs ?? None}\n{PublicWord}{Convert.ToBase64String(Public)}\n{PrivateWord}{Convert.ToBase64String(Private)}\n");
}
