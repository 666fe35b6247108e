namespace Tessera.Host.Sharing;

/// <summary>What "tessera enrol" was asked.</summary>
/// <param name="Url">The server's.</param>
/// <param name="TokenFile">Holds the token that is good for one certificate; null: the certificate there is renews itself.</param>
/// <param name="ClientCertificate">Where certificate and key are kept; null: where this user keeps those of that server.</param>
/// <param name="Fingerprint">The one certificate to accept of the server; null: whatever this system trusts.</param>
internal sealed record EnrolOptions(string Url, string? TokenFile, string? ClientCertificate, CertificateFingerprint? Fingerprint);
