using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Tessera.Host.Mounting;
using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>Clients that are let in and bring a workspace, or mount an export: by WebSocket over HTTP; others by way of <see cref="StreamDoor"/>.</summary>
internal sealed class SessionDoor(Admission admission, WorkspaceTable? workspaces, ExportTable exports, ServerRecord record)
{
    private const string WorkspacePrefix = "/workspaces/";

    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? string.Empty;
        string? client = context.Connection.RemoteIpAddress?.ToString();
        Entry entry = EntryOf(path, admission.Judge(context, out string? reason), reason);
        if (entry.Refusal is null && !context.WebSockets.IsWebSocketRequest)
        {
            entry = entry with { Refusal = (StatusCodes.Status426UpgradeRequired, Refused.Upgrade) };
        }

        if (entry.Refusal is { } refused)
        {
            context.Response.StatusCode = refused.Status;
            if (reason is not null)
            {
                context.Response.Headers[AdmissionReason.Header] = reason;
            }

            await TellRefusedAsync(entry, client);
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using var transport = new MeteredTransport(new WebSocketTransport(socket), record.Meters);
        await GreetAsync(entry, client, transport);
    }

    /// <summary>What a client comes for that shows so much, and whether it may have that.</summary>
    /// <param name="path">What it asks for.</param>
    /// <param name="certificate">What it showed in the handshake; null: none.</param>
    /// <param name="token">What it showed besides; null: none.</param>
    public Entry Judge(string path, X509Certificate2? certificate, string? token) => EntryOf(path, admission.Judge(certificate, token, out string? reason), reason);

    /// <summary>Writes down that a client was sent away.</summary>
    public async ValueTask TellRefusedAsync(Entry entry, string? client)
    {
        (int status, Refused why) = entry.Refusal!.Value;
        record.Meters.Count(why);
        record.Log.Warning("refused", ("status", status), ("reason", entry.Reason), ("client", client));
        await (record.Audit?.RefusedAsync(IsName(entry.Name) ? entry.Name : null, entry.Grant?.Id, client, entry.Reason ?? $"{status}") ?? default);
    }

    /// <summary>Serves a client that was let in, from its HELLO until its connection is lost or its session over.</summary>
    public async Task GreetAsync(Entry entry, string? client, IFrameTransport transport)
    {
        var visitor = new Visitor(entry.Name, entry.Grant!, client);
        WireRole role = entry.Role;
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

    private Entry EntryOf(string path, Grant? grant, string? reason)
    {
        (string name, WireRole role) = NameOf(path);
        (int Status, Refused Reason)? refusal = !IsName(name) ? (StatusCodes.Status404NotFound, Refused.Path)
            : grant is null ? (StatusCodes.Status401Unauthorized, reason is null ? Refused.Token : Refused.Certificate)
            : !(role == WireRole.Exporter ? grant.Covers(name) : grant.Mounting(name)) ? (StatusCodes.Status403Forbidden, Refused.Scope)
            : role == WireRole.Importer && !exports.Has(name) ? (StatusCodes.Status404NotFound, Refused.Path)
            : null;
        return new Entry(name, role, grant, reason, refusal);
    }

    private static bool IsName(string name) => ExportOptions.IsName(name);
}
