using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Tessera.Wire.Transport;

/// <summary>Frames as the binary messages of a WebSocket (RFC 6455). Its pings are the heartbeat.</summary>
public sealed class WebSocketTransport(WebSocket socket) : IFrameTransport
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsLoss(fault, cancellation))
        {
            throw new IOException("The connection was lost.", fault);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            int length = 0;
            while (true)
            {
                ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer[length..], cancellation).ConfigureAwait(false);
                length += part.Count;
                if (part.MessageType != WebSocketMessageType.Binary)
                {
                    return part.MessageType == WebSocketMessageType.Close ? 0 : throw new IOException("A message that is not binary.");
                }

                if (part.EndOfMessage)
                {
                    return length > 0 ? length : throw new IOException("An empty message.");
                }

                if (length == buffer.Length)
                {
                    throw new IOException("A message longer than a frame may be.");
                }
            }
        }
        catch (Exception fault) when (IsLoss(fault, cancellation))
        {
            throw new IOException("The connection was lost.", fault);
        }
    }

    public void Abort() => socket.Abort();

    public void Dispose() => socket.Dispose();

    /// <remarks>A socket that fails in one direction cancels the other, unasked: that is a loss too.</remarks>
    private static bool IsLoss(Exception fault, CancellationToken cancellation)
        => fault is WebSocketException or ObjectDisposedException or InvalidOperationException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested);
}
