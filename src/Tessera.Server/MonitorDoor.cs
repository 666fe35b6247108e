using System.Net;
using Microsoft.AspNetCore.Http;

namespace Tessera.Server;

/// <summary>What is asked by those who look after the server: does it live, does it take clients, what has it counted.</summary>
internal sealed class MonitorDoor(LiveSessions sessions, MetricsPage metrics, Admission admission)
{
    /// <summary>With one of these the request was made elsewhere, and a proxy on this host passed it on.</summary>
    private static readonly string[] ProxyHeaders = ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP"];

    /// <returns>False: that is another door's.</returns>
    public async Task<bool> TryHandleAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/healthz":
                await AnswerAsync(context, StatusCodes.Status200OK, "ok\n");
                return true;
            case "/readyz":
                string? obstacle = sessions.Obstacle;
                await AnswerAsync(context, obstacle is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, $"{obstacle ?? "ready"}\n");
                return true;
            case "/metrics" when IsFromThisHost(context) || admission.MayReadMetrics(context):
                context.Response.ContentType = MetricsText.ContentType;
                await AnswerAsync(context, StatusCodes.Status200OK, metrics.Render());
                return true;
            case "/metrics":
                await AnswerAsync(context, StatusCodes.Status401Unauthorized, string.Empty);
                return true;
            default:
                return false;
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static bool IsFromThisHost(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !ProxyHeaders.Any(context.Request.Headers.ContainsKey);
}
