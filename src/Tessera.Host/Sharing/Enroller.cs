using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>The work of "tessera enrol": a key that is made here, and a certificate for it that the server makes for whoever has the token, or the certificate before it.</summary>
internal sealed class Enroller(Uri url, CertificateFingerprint? fingerprint)
{
    /// <summary>A certificate in PEM, and no more.</summary>
    private const int MaxAnswer = 16 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="CommandException">The server makes none, or is not the one that was meant.</exception>
    public static async Task<ExitCode> RunAsync(EnrolOptions options, CancellationToken cancellation)
    {
        Uri url = ServerAddresses.Check(options.Url, options.Fingerprint);
        if (!ServerAddresses.IsEncrypted(url))
        {
            throw new CommandException(ExitCode.Usage, $"{options.Url} is without TLS, and certificates are of TLS.", "Write wss://SERVER:7400.");
        }

        ClientIdentity identity = options.ClientCertificate is null ? ClientIdentity.For(url) : new ClientIdentity(options.ClientCertificate);
        var enroller = new Enroller(url, options.Fingerprint);
        using X509Certificate2 made = options.TokenFile is null
            ? await enroller.RenewAsync(identity, cancellation)
            : await enroller.EnrolAsync(identity, AccessToken.Read(options.TokenFile), cancellation);
        Console.Out.WriteLine($"The certificate in {identity.Path} is good until {made.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC.");
        return ExitCode.Ok;
    }

    private async Task<X509Certificate2> EnrolAsync(ClientIdentity identity, AccessToken token, CancellationToken cancellation)
    {
        using ECDsa key = identity.PrepareKey();
        using var request = new HttpRequestMessage(HttpMethod.Post, Address("/enrol"))
        {
            // The name in it says nothing: the server gives the certificate its own.
            Content = new StringContent(new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256).CreateSigningRequestPem(), Encoding.ASCII, "application/x-pem-file"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Text);
        (HttpStatusCode status, string? _, string text) = await SendAsync(request, certificate: null, cancellation);
        switch (status)
        {
            case HttpStatusCode.OK:
                return Keep(identity, text, key);
            case HttpStatusCode.Conflict:
                identity.DropKey();
                throw new CommandException(ExitCode.Fault, "The token was used before, by another.", "If that was not you, let the server's administrator revoke it, and ask for a new one.");
            case HttpStatusCode.Unauthorized:
                identity.DropKey();
                throw new CommandException(ExitCode.Fault, "The server does not accept the token: it is not for enrolling, has expired, or was revoked.", "Ask for one that 'tessera token create --enrol' makes.");
            default:
                throw Refused(status);
        }
    }

    private async Task<X509Certificate2> RenewAsync(ClientIdentity identity, CancellationToken cancellation)
    {
        using X509Certificate2 certificate = identity.Read();
        using var request = new HttpRequestMessage(HttpMethod.Post, Address("/renew"));
        (HttpStatusCode status, string? reason, string text) = await SendAsync(request, certificate, cancellation);
        using ECDsa key = certificate.GetECDsaPrivateKey() ?? throw new CommandException(ExitCode.Usage, $"{identity.Path} is not from 'tessera enrol'.");
        return status switch
        {
            HttpStatusCode.OK => Keep(identity, text, key),
            HttpStatusCode.Unauthorized => throw AdmissionReason.OfCertificate(reason, identity.Path, cause: null),
            _ => throw Refused(status),
        };
    }

    private Uri Address(string path) => new UriBuilder(Uri.UriSchemeHttps, url.Host, url.Port, path).Uri;

    private static CommandException Refused(HttpStatusCode status) => status == HttpStatusCode.NotFound
        ? new CommandException(ExitCode.Fault, "The server makes no certificates.", "Start it with --client-certificates.")
        : new CommandException(ExitCode.Fault, $"The server makes no certificate ({(int)status}).", "Its log says why. The same command goes on when that is mended.");

    private async Task<(HttpStatusCode Status, string? Reason, string Text)> SendAsync(HttpRequestMessage request, X509Certificate2? certificate, CancellationToken cancellation)
    {
        var check = new CertificateCheck(fingerprint);
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = check.Accepts, ClientCertificates = certificate is null ? null : new X509CertificateCollection { certificate } },
        };
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswer };
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(request, cancellation);
            string? reason = answer.Headers.TryGetValues(AdmissionReason.Header, out IEnumerable<string>? values) ? values.First() : null;
            return (answer.StatusCode, reason, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (HttpRequestException) when (check.Refusal is not null)
        {
            throw check.Refusal;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Fault, $"The server at {url} does not answer: {fault.Message}", "The same command goes on.", fault);
        }
    }

    private static X509Certificate2 Keep(ClientIdentity identity, string text, ECDsa key)
    {
        X509Certificate2 made = Parse(text);
        if (!made.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new CommandException(ExitCode.Fault, "The server made a certificate for another key.");
        }

        identity.Keep(made.ExportCertificatePem(), key);
        return made;
    }

    private static X509Certificate2 Parse(string text)
    {
        try
        {
            return X509Certificate2.CreateFromPem(text);
        }
        catch (CryptographicException fault)
        {
            throw new CommandException(ExitCode.Fault, "What the server answers is no certificate.", advice: null, fault);
        }
    }
}
