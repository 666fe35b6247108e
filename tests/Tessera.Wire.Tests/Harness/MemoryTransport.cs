using System.Threading.Channels;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Tests.Harness;

/// <summary>One end of a connection in memory. <see cref="OnSend"/> may change a frame, lose it (null), or cut the connection (by throwing).</summary>
internal sealed class MemoryTransport : IFrameTransport
{
    private readonly Channel<byte[]> incoming = Channel.CreateUnbounded<byte[]>();
    private MemoryTransport peer = null!;

    private MemoryTransport()
    {
    }

    public Func<byte[], byte[]?> OnSend { get; set; } = static frame => frame;

    /// <summary>How long each frame is on its way; those behind it wait.</summary>
    public Func<byte[], TimeSpan>? Delay { get; set; }

    public static (MemoryTransport Exporter, MemoryTransport Importer) CreatePair()
    {
        var exporter = new MemoryTransport();
        var importer = new MemoryTransport { peer = exporter };
        exporter.peer = importer;
        return (exporter, importer);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        byte[] copy = frame.ToArray();
        if (Delay is { } delay)
        {
            await Task.Delay(delay(copy), cancellation);
        }

        if (OnSend(copy) is { } sent && !peer.incoming.Writer.TryWrite(sent))
        {
            throw new IOException("The connection was cut.");
        }
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            byte[] frame = await incoming.Reader.ReadAsync(cancellation);
            if (frame.Length == 0 || frame.Length > buffer.Length)
            {
                throw new IOException("Not a frame.");
            }

            frame.CopyTo(buffer);
            return frame.Length;
        }
        catch (ChannelClosedException)
        {
            return 0;
        }
    }

    /// <summary>What was sent and not yet received is lost with it, as with a cut cable.</summary>
    public void Abort()
    {
        incoming.Writer.TryComplete();
        peer.incoming.Writer.TryComplete();
        while (incoming.Reader.TryRead(out _) || peer.incoming.Reader.TryRead(out _))
        {
        }
    }

    public void Dispose() => Abort();
}
