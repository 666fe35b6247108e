using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>The authority that makes the certificates of this server's clients, and knows its own work again. It vouches for nothing else, to nobody else.</summary>
internal sealed class ClientAuthority : IDisposable
{
    private const string FileName = "client-authority.pem";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2"; // RFC 5280, 4.2.1.12
    private const string SubjectName = "CN=tessera clients";
    private const int Years = 30;
    private const int SerialBytes = 16;

    /// <summary>From when a certificate is good: a clock that is put right meanwhile makes it no stranger.</summary>
    private static readonly TimeSpan Backdated = TimeSpan.FromHours(1);

    private readonly X509Certificate2 certificate;
    private readonly TimeSpan lifetime;
    private readonly TimeProvider time;

    private ClientAuthority(X509Certificate2 certificate, TimeSpan lifetime, TimeProvider time)
    {
        this.certificate = certificate;
        this.lifetime = lifetime;
        this.time = time;
    }

    /// <summary>The one that is kept in the server's state directory, made if it is not there. Its key is for its owner alone.</summary>
    /// <param name="lifetime">How long the certificates are good that it makes.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CommandException">The file is none, or others may read the key.</exception>
    public static ClientAuthority Open(TimeSpan lifetime, TimeProvider time)
    {
        string path = Path.Combine(ServerState.Directory(), FileName);
        if (!File.Exists(path))
        {
            PrivateFile.Keep(path, Create(time.GetUtcNow()));
        }

        if ((File.GetUnixFileMode(path) & PrivateFile.OthersRights) != UnixFileMode.None)
        {
            throw new CommandException(ExitCode.Usage, $"The key of the clients' certificates, {path}, is not private: others have rights to it.", $"chmod go= {path}");
        }

        try
        {
            return new ClientAuthority(X509Certificate2.CreateFromPemFile(path, path), lifetime, time);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new CommandException(
                ExitCode.Usage, $"{path} is not a certificate and its key: {fault.Message}", "Put it back from a backup. Without it, remove it: all clients then have to enrol anew.", fault);
        }
    }

    /// <summary>What a chain is built by: to this authority alone, and without a word to any other host, whatever a certificate asks for.</summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid, // Told apart from those of others, and by this clock.
        };
        policy.CustomTrustStore.Add(certificate);
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return policy;
    }

    /// <summary>A certificate for a client's key, in PEM.</summary>
    /// <param name="id">Of the token by which it enrolled: what its sessions are known by.</param>
    /// <param name="key">On P-256.</param>
    /// <param name="expires">Until when it is good.</param>
    public string Issue(string id, PublicKey key, out DateTimeOffset expires)
    {
        DateTimeOffset now = time.GetUtcNow();
        var last = new DateTimeOffset(certificate.NotAfter);
        expires = now + lifetime < last ? now + lifetime : last;
        var request = new CertificateRequest(new X500DistinguishedName($"CN={id}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuthentication)], critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40); // Positive, and not shorter (RFC 5280, 4.1.2.2).
        using X509Certificate2 made = request.Create(certificate, now - Backdated, expires, serial);
        return made.ExportCertificatePem();
    }

    /// <summary>Whether it made a certificate.</summary>
    public bool Made(X509Certificate2 shown)
    {
        using var chain = new X509Chain { ChainPolicy = Policy() };
        bool built = chain.Build(shown);
        foreach (X509ChainElement element in chain.ChainElements)
        {
            element.Certificate.Dispose();
        }

        return built;
    }

    public bool IsExpired(X509Certificate2 shown)
    {
        DateTimeOffset now = time.GetUtcNow();
        return now < new DateTimeOffset(shown.NotBefore) || now >= new DateTimeOffset(shown.NotAfter);
    }

    public void Dispose() => certificate.Dispose();

    private static string Create(DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        return $"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
