using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>Clients that come for a certificate: the first by a token that is good for one, the next by the one before.</summary>
internal sealed class EnrolmentDoor(Enrolments enrolments, ClientAuthority authority, Admission admission, LiveSessions sessions, ServerRecord record)
{
    private const string CurveP256 = "1.2.840.10045.3.1.7"; // RFC 5480, 2.1.1.1

    /// <returns>False: that is another door's.</returns>
    public async Task<bool> TryHandleAsync(HttpContext context)
    {
        Func<HttpContext, Task<int>>? handle = context.Request.Path.Value switch
        {
            "/enrol" => EnrolAsync,
            "/renew" => RenewAsync,
            _ => null,
        };
        if (handle is null)
        {
            return false;
        }

        int status = !HttpMethods.IsPost(context.Request.Method) ? StatusCodes.Status405MethodNotAllowed
            : record.Audit?.Journal.IsFailing == true ? StatusCodes.Status503ServiceUnavailable
            : await handle(context);
        if (status != StatusCodes.Status200OK)
        {
            record.Meters.Count(Refused.Enrolment);
            record.Log.Warning("refused", ("status", status), ("path", context.Request.Path), ("client", context.Connection.RemoteIpAddress));
            context.Response.StatusCode = status;
            await (record.Audit?.RefusedAsync(workspace: null, token: null, context.Connection.RemoteIpAddress?.ToString(), $"{context.Request.Path} {status}") ?? default);
        }

        return true;
    }

    private async Task<int> EnrolAsync(HttpContext context)
    {
        if (admission.EnrolmentTokenOf(context.Request) is not { } token)
        {
            return StatusCodes.Status401Unauthorized;
        }

        if (await ReadAsync(context) is not { } text || KeyOf(text) is not { } key)
        {
            return StatusCodes.Status400BadRequest;
        }

        try
        {
            (string? id, int refusal) = await enrolments.SpendAsync(token, KeyDigest.Of(key), context.RequestAborted);
            return id is null ? refusal : await AnswerAsync(context, "enrol", id, key);
        }
        catch (CommandException fault)
        {
            record.Log.Error("enrolment", ("message", fault.Message));
            return StatusCodes.Status503ServiceUnavailable;
        }
    }

    private async Task<int> RenewAsync(HttpContext context)
    {
        string? reason = AdmissionReason.Required;
        if (context.Connection.ClientCertificate is not { } certificate || admission.Judge(context, out reason) is not { } grant)
        {
            context.Response.Headers[AdmissionReason.Header] = reason;
            return StatusCodes.Status401Unauthorized;
        }

        return await AnswerAsync(context, "renew", grant.Id, certificate.PublicKey);
    }

    private async Task<int> AnswerAsync(HttpContext context, string operation, string id, PublicKey key)
    {
        string made = authority.Issue(id, key, out DateTimeOffset expires);
        string? client = context.Connection.RemoteIpAddress?.ToString();
        await (record.Audit?.EnrolledAsync(operation, id, client) ?? default);
        record.Log.Info(operation, ("token", id), ("client", client), ("expires", $"{expires:O}"));
        sessions.Extend(id, expires);
        context.Response.ContentType = "application/x-pem-file";
        await context.Response.WriteAsync(made, context.RequestAborted);
        return StatusCodes.Status200OK;
    }

    /// <summary>Null: it is longer than a request for a certificate is.</summary>
    private static async Task<string?> ReadAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = ServerLimits.MaxEnrolment;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(ServerLimits.HeadersTime);
        try
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.ASCII);
            return await reader.ReadToEndAsync(patience.Token);
        }
        catch (Exception fault) when (fault is BadHttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The key that asks, which signs its request; null: it is no request, or for a key of another kind. What else it asks for is passed over.</summary>
    private static PublicKey? KeyOf(string text)
    {
        try
        {
            PublicKey key = CertificateRequest.LoadSigningRequestPem(text, HashAlgorithmName.SHA256).PublicKey;
            using ECDsa? curve = key.GetECDsaPublicKey();
            return curve?.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true, Oid.Value: CurveP256 } ? key : null;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
