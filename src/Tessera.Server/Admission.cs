using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>Who comes: by the certificate that it has shown in the handshake, otherwise by the token of its request.</summary>
/// <remarks>The handshake lets every certificate pass (TLS has then proved that its key is there), so that those that are not accepted can be told why.</remarks>
/// <param name="tokens">Which tokens and keys are good.</param>
/// <param name="authority">Makes certificates, and knows them; null: none are asked for.</param>
/// <param name="isRequired">Tokens alone let nobody share.</param>
internal sealed class Admission(TokenAuthority tokens, ClientAuthority? authority, bool isRequired)
{
    private const string Scheme = "Bearer ";
    private const int MaxHeader = 1024;

    /// <summary>What a client may do that comes to share.</summary>
    /// <param name="context">Its request.</param>
    /// <param name="reason">Where it may nothing: a word for it, if there is one (<see cref="AdmissionReason"/>).</param>
    /// <returns>Null: nothing.</returns>
    public Grant? Judge(HttpContext context, out string? reason) => Judge(context.Connection.ClientCertificate, TokenOf(context.Request), out reason);

    /// <summary>The same of a client that comes without HTTP.</summary>
    /// <param name="shown">Its certificate; null: it has shown none.</param>
    /// <param name="token">Its token; null: it has shown none.</param>
    /// <param name="reason">As above.</param>
    public Grant? Judge(X509Certificate2? shown, string? token, out string? reason)
    {
        reason = null;
        if (authority is not null && shown is not null)
        {
            return OfCertificate(shown, out reason);
        }

        if (isRequired)
        {
            reason = AdmissionReason.Required;
            return null;
        }

        return token is null ? null : tokens.Find(token);
    }

    public bool MayReadMetrics(HttpContext context) =>
        (authority is not null && context.Connection.ClientCertificate is { } certificate ? OfCertificate(certificate, out _) : OfToken(context.Request))?.Metrics == true;

    /// <summary>The token of a request, when it is one to enrol with, spent or not; null: it is none. Strangers cost no more than this.</summary>
    public string? EnrolmentTokenOf(HttpRequest request) => TokenOf(request) is { } token && tokens.Enrols(token) ? token : null;

    private static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ Length: <= MaxHeader } header] && header.StartsWith(Scheme, StringComparison.Ordinal) ? header[Scheme.Length..] : null;

    private Grant? OfToken(HttpRequest request) => TokenOf(request) is { } token ? tokens.Find(token) : null;

    private Grant? OfCertificate(X509Certificate2 certificate, out string? reason)
    {
        Grant? grant = null;
        reason = !authority!.Made(certificate) ? AdmissionReason.Unknown
            : authority.IsExpired(certificate) ? AdmissionReason.Expired
            : (grant = tokens.FindEnrolled(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), KeyDigest.Of(certificate.PublicKey), new DateTimeOffset(certificate.NotAfter))) is null ? AdmissionReason.Revoked
            : null;
        return grant;
    }
}
