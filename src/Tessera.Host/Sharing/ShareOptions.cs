using Tessera.Wire.Exporting;

namespace Tessera.Host.Sharing;

/// <summary>What "tessera share" was asked.</summary>
/// <param name="Directory">What is shared.</param>
/// <param name="Url">The server's, with the name under which it mounts it.</param>
/// <param name="TokenFile">Holds the token to show; null: a certificate is shown.</param>
/// <param name="ReadOnly">The server may change nothing.</param>
/// <param name="Fingerprint">The one certificate to accept; null: whatever this system trusts.</param>
internal sealed record ShareOptions(string Directory, string Url, string? TokenFile, bool ReadOnly, CertificateFingerprint? Fingerprint)
{
    /// <summary>Where certificate and key are kept; null: where this user keeps those of that server.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Names that the server does not get to see.</summary>
    public HiddenNames? Hidden { get; init; }

    /// <summary>Where traces go; null: there are none.</summary>
    public TraceTarget? Tracing { get; init; }
}
