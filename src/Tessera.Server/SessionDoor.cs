using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Tessera.Host.Mounting;
using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>Clients with a token that bring a workspace, or mount an export: WebSocket over HTTP.</summary>
internal sealed class SessionDoor(Admission admission, WorkspaceTable? workspaces, ExportTable exports, ServerRecord record)
{
    private const string WorkspacePrefix = "/workspaces/";

    public async Task HandleAsync(HttpContext context)
    {
        (string name, WireRole role) = NameOf(context.Request.Path.Value ?? string.Empty);
        Grant? grant = admission.Judge(context, out string? reason);
        string? client = context.Connection.RemoteIpAddress?.ToString();
        (int Status, Refused Reason)? refusal = !IsName(name) ? (StatusCodes.Status404NotFound, Refused.Path)
            : grant is null ? (StatusCodes.Status401Unauthorized, reason is null ? Refused.Token : Refused.Certificate)
            : !(role == WireRole.Exporter ? grant.Covers(name) : grant.Mounting(name)) ? (StatusCodes.Status403Forbidden, Refused.Scope)
            : role == WireRole.Importer && !exports.Has(name) ? (StatusCodes.Status404NotFound, Refused.Path)
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
        await GreetAsync(new Visitor(name, grant!, client), role, transport);
    }

    private async Task GreetAsync(Visitor visitor, WireRole role, MeteredTransport transport)
    {
        try
        {
            byte[] frame = new byte[Hello.Size];
            using var patience = new CancellationTokenSource(WireLimits.HandshakeTime);
            int length = await transport.ReceiveAsync(frame, patience.Token);
            Farewell? refusal = Hello.Decode(frame.AsSpan(0, length)) is not { } hello ? new Farewell(FarewellReason.Protocol, "The first frame is no HELLO.")
                : hello.Lowest > 1 || hello.Highest < 1 ? new Farewell(FarewellReason.Version, "This server speaks version 1.")
                : hello.Role != role ? new Farewell(FarewellReason.Protocol, role == WireRole.Exporter ? "To share is asked here, not to mount." : "To mount is asked here, not to share.")
                : role == WireRole.Exporter ? await workspaces!.ServeAsync(visitor, hello, transport)
                : await exports.ServeAsync(visitor, hello, transport);
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

    /// <summary>What is asked for; an empty name: nothing that is served here.</summary>
    private (string Name, WireRole Role) NameOf(string path) =>
        workspaces is not null && path.StartsWith(WorkspacePrefix, StringComparison.Ordinal) ? (path[WorkspacePrefix.Length..], WireRole.Exporter)
        : path.StartsWith(RemoteSource.Exports, StringComparison.Ordinal) ? (path[RemoteSource.Exports.Length..], WireRole.Importer)
        : (string.Empty, WireRole.Exporter);

    private static bool IsName(string name) => ExportOptions.IsName(name);
}
