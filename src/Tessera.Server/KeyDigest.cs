using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tessera.Server;

/// <summary>What names a public key in the file of tokens: the SHA-256 of its SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), hexadecimal.</summary>
internal static class KeyDigest
{
    public static string Of(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}
