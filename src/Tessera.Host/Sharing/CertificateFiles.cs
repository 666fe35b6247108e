namespace Tessera.Host.Sharing;

/// <summary>A server's certificate, and those that vouch for it, in PEM (RFC 7468).</summary>
/// <param name="Certificate">The server's own first, then the intermediate ones.</param>
/// <param name="Key">Its private key, unencrypted.</param>
internal sealed record CertificateFiles(string Certificate, string Key);
