using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Tessera.Host.Logging;
using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>What comes in over HTTP: the question whether the server lives, and clients with a token that bring a workspace.</summary>
internal sealed class WorkspaceDoor(AccessToken token, WorkspaceTable workspaces, EventLog log)
{
    private const string Prefix = "/workspaces/";
    private const string Scheme = "Bearer ";

    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? string.Empty;
        if (path is "/healthz")
        {
            await context.Response.WriteAsync("ok\n", context.RequestAborted);
            return;
        }

        string name = path.StartsWith(Prefix, StringComparison.Ordinal) ? path[Prefix.Length..] : string.Empty;
        int refusal = !IsName(name) ? StatusCodes.Status404NotFound
            : !IsAuthorized(context.Request) ? StatusCodes.Status401Unauthorized
            : !context.WebSockets.IsWebSocketRequest ? StatusCodes.Status426UpgradeRequired
            : 0;
        if (refusal != 0)
        {
            log.Warning("refused", ("status", refusal), ("client", context.Connection.RemoteIpAddress));
            context.Response.StatusCode = refusal;
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using var transport = new WebSocketTransport(socket);
        await GreetAsync(name, transport);
    }

    private async Task GreetAsync(string name, WebSocketTransport transport)
    {
        try
        {
            byte[] frame = new byte[Hello.Size];
            using var patience = new CancellationTokenSource(WireLimits.HandshakeTime);
            int length = await transport.ReceiveAsync(frame, patience.Token);
            Farewell? refusal = Hello.Decode(frame.AsSpan(0, length)) is not { } hello ? new Farewell(FarewellReason.Protocol, "The first frame is no HELLO.")
                : hello.Lowest > 1 || hello.Highest < 1 ? new Farewell(FarewellReason.Version, "This server speaks version 1.")
                : await workspaces.ServeAsync(name, hello, transport);
            if (refusal is not null)
            {
                log.Warning("refused", ("workspace", name), ("reason", refusal.Reason), ("text", refusal.Text));
                await transport.SendAsync(refusal.Encode(FrameType.Refused), patience.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            log.Warning("lost", ("workspace", name), ("message", fault.Message));
        }
    }

    private bool IsAuthorized(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.Ordinal) && token.Matches(header[Scheme.Length..]);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= ServerLimits.MaxName && name[0] != '.' && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');
}
