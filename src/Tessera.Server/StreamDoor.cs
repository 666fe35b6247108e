using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>The same door without HTTP: clients that name <see cref="Protocol"/> in the handshake of TLS, and send frames one after the other (docs/protocol.md, "Without HTTP").</summary>
internal sealed class StreamDoor(SessionDoor door, ServerRecord record)
{
    /// <summary>By which a client asks for it (ALPN, RFC 7301).</summary>
    public static readonly SslApplicationProtocol Protocol = new(StreamTransport.ProtocolName);

    /// <summary>Whether the handshake has agreed on it.</summary>
    public static bool IsFor(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>() is { } agreed && agreed.ApplicationProtocol.Span.SequenceEqual(Protocol.Protocol.Span);

    public async Task HandleAsync(ConnectionContext connection)
    {
        var stream = new ConnectionStream(connection.Transport);
        using var frames = new StreamTransport(stream, stream, connection.Abort);
        string? client = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString();
        try
        {
            if (await AdmitAsync(connection, frames, client) is not { } entry)
            {
                return;
            }

            frames.KeepAlive(WireLimits.HeartbeatEvery, WireLimits.HeartbeatTime);
            using var transport = new MeteredTransport(frames, record.Meters);
            await door.GreetAsync(entry, client, transport);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            record.Log.Warning("lost", ("client", client), ("message", fault.Message));
        }
    }

    /// <summary>Null: it is not let in. All that a stranger can send is one short frame, in the time that a request's headers have.</summary>
    private async Task<Entry?> AdmitAsync(ConnectionContext connection, StreamTransport frames, string? client)
    {
        byte[] frame = new byte[WireLimits.MaxOpen];
        using var patience = new CancellationTokenSource(ServerLimits.HeadersTime);
        int length = await frames.ReceiveAsync(frame, patience.Token);
        if (OpenFrame.Decode(frame.AsSpan(0, length)) is not { } open)
        {
            record.Meters.Count(Refused.Protocol);
            record.Log.Warning("refused", ("reason", "The first frame is no OPEN."), ("client", client));
            return null;
        }

        Entry entry = door.Judge(open.Path, connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate, open.Token.Length == 0 ? null : open.Token);
        if (entry.Refusal is not null)
        {
            await door.TellRefusedAsync(entry, client);
        }

        await frames.SendAsync(new OpenedFrame((ushort)(entry.Refusal?.Status ?? OpenedFrame.Admitted), entry.Reason ?? string.Empty).Encode(), patience.Token);
        return entry.Refusal is null ? entry : null;
    }
}
