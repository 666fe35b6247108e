using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>A certificate that nobody vouches for, made when it is first needed and kept, so that its fingerprint stays what clients were told.</summary>
internal static class SelfSignedCertificate
{
    private const string Name = "self-signed.pem";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280, 4.2.1.12

    /// <summary>Those who name it by its fingerprint look at no date; it has one because it must (RFC 5280, 4.1.2.5).</summary>
    private const int Years = 30;

    /// <summary>The file that has certificate and key, made if it is not there. For its owner alone.</summary>
    public static string File()
    {
        string path = Path.Combine(ServerState.Directory(), Name);
        if (!System.IO.File.Exists(path))
        {
            PrivateFile.Keep(path, Create());
        }

        return path;
    }

    private static string Create()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=tessera serve", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
