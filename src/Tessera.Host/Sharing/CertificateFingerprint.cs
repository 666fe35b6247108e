using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>What names one certificate: the SHA-256 of its DER, written as openssl-x509(1) writes it.</summary>
internal sealed class CertificateFingerprint
{
    private readonly byte[] digest;

    private CertificateFingerprint(byte[] digest) => this.digest = digest;

    /// <param name="text">64 hexadecimal digits, with or without a colon after each two.</param>
    /// <exception cref="CommandException">It is not that.</exception>
    public static CertificateFingerprint Parse(string text)
    {
        string digits = text.Replace(":", string.Empty, StringComparison.Ordinal);
        return digits.Length == 2 * SHA256.HashSizeInBytes && digits.All(char.IsAsciiHexDigit)
            ? new CertificateFingerprint(Convert.FromHexString(digits))
            : throw new CommandException(ExitCode.Usage, $"'{text}' is not a SHA-256 fingerprint.", "'tessera serve' prints it when it starts: 64 hexadecimal digits.");
    }

    public static CertificateFingerprint Of(X509Certificate certificate) => new(certificate.GetCertHash(HashAlgorithmName.SHA256));

    public bool Matches(CertificateFingerprint other) => CryptographicOperations.FixedTimeEquals(digest, other.digest);

    public override string ToString() => string.Join(':', digest.Select(value => $"{value:X2}"));
}
