using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>Clients with a token that bring a workspace: WebSocket over HTTP.</summary>
internal sealed class WorkspaceDoor(Admission admission, WorkspaceTable workspaces, ServerRecord record)
{
    private const string Prefix = "/workspaces/";

    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? string.Empty;
        string name = path.StartsWith(Prefix, StringComparison.Ordinal) ? path[Prefix.Length..] : string.Empty;
        Grant? grant = admission.Judge(context, out string? reason);
        string? client = context.Connection.RemoteIpAddress?.ToString();
        (int Status, Refused Reason)? refusal = !IsName(name) ? (StatusCodes.Status404NotFound, Refused.Path)
            : grant is null ? (StatusCodes.Status401Unauthorized, reason is null ? Refused.Token : Refused.Certificate)
            : !grant.Covers(name) ? (StatusCodes.Status403Forbidden, Refused.Scope)
            : !context.WebSockets.IsWebSocketRequest ? (StatusCodes.Status426UpgradeRequired, Refused.Upgrade)
            : null;
        if (refusal is { } refused)
        {
            record.Meters.Count(refused.Reason);
            record.Log.Warning("refused", ("status", refused.Status), ("reason", reason), ("client", context.Connection.RemoteIpAddress));
            context.Response.StatusCode = refused.Status;
            if (reason is not null)
            {
                context.Response.Headers[AdmissionReason.Header] = reason;
            }

            await (record.Audit?.RefusedAsync(IsName(name) ? name : null, grant?.Id, client, reason ?? $"{refused.Status}") ?? default);
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using var transport = new MeteredTransport(new WebSocketTransport(socket), record.Meters);
        await GreetAsync(new Visitor(name, grant!, client), transport);
    }

    private async Task GreetAsync(Visitor visitor, MeteredTransport transport)
    {
        try
        {
            byte[] frame = new byte[Hello.Size];
            using var patience = new CancellationTokenSource(WireLimits.HandshakeTime);
            int length = await transport.ReceiveAsync(frame, patience.Token);
            Farewell? refusal = Hello.Decode(frame.AsSpan(0, length)) is not { } hello ? new Farewell(FarewellReason.Protocol, "The first frame is no HELLO.")
                : hello.Lowest > 1 || hello.Highest < 1 ? new Farewell(FarewellReason.Version, "This server speaks version 1.")
                : await workspaces.ServeAsync(visitor, hello, transport);
            if (refusal is not null)
            {
                record.Meters.Count(refusal.Reason);
                record.Log.Warning("refused", ("workspace", visitor.Workspace), ("reason", refusal.Reason), ("text", refusal.Text));
                await (record.Audit?.RefusedAsync(visitor.Workspace, visitor.Grant.Id, visitor.Client, refusal.Text) ?? default);
                await transport.SendAsync(refusal.Encode(FrameType.Refused), patience.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            record.Log.Warning("lost", ("workspace", visitor.Workspace), ("message", fault.Message));
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= ServerLimits.MaxName && name[0] != '.' && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');
}
