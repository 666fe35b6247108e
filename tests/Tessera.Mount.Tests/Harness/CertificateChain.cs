using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tessera.Mount.Tests.Harness;

/// <summary>An authority, one between, and a server's certificate for 127.0.0.1, as files in PEM: what an administrator has from elsewhere.</summary>
internal sealed class CertificateChain
{
    private static readonly DateTimeOffset s_from = TimeProvider.System.GetUtcNow().AddDays(-1);

    public CertificateChain(string directory)
    {
        Authority = Path.Combine(directory, "authority.pem");
        Certificate = Path.Combine(directory, "certificate.pem");
        Key = Path.Combine(directory, "key.pem");
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = Request("root", rootKey, isAuthority: true).CreateSelfSigned(s_from, s_from.AddDays(9));
        using ECDsa betweenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 between = Request("between", betweenKey, isAuthority: true).Create(root, s_from, s_from.AddDays(8), [1]);
        using X509Certificate2 signer = between.CopyWithPrivateKey(betweenKey);
        using ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 leaf = Request("leaf", leafKey, isAuthority: false).Create(signer, s_from, s_from.AddDays(7), [2]);
        File.WriteAllText(Authority, root.ExportCertificatePem());
        File.WriteAllText(Certificate, $"{leaf.ExportCertificatePem()}\n{between.ExportCertificatePem()}\n");
        File.WriteAllText(Key, leafKey.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(Key, UnixFileMode.UserRead);
    }

    public string Authority { get; }

    /// <summary>The server's, and the one between.</summary>
    public string Certificate { get; }

    public string Key { get; }

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        if (!isAuthority)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        return request;
    }
}
