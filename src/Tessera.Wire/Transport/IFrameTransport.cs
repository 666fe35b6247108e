namespace Tessera.Wire.Transport;

/// <summary>A connection that carries whole frames, in order, both ways at once.</summary>
/// <remarks>One send and one receive may be under way at a time. Faults are <see cref="IOException"/>: the connection is of no use any more.</remarks>
public interface IFrameTransport : IDisposable
{
    ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation);

    /// <summary>Receives one frame into the buffer: its length, or 0 when the other end has closed.</summary>
    /// <exception cref="IOException">The connection is lost, or what comes is no frame or longer than the buffer.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>Ends it at once: what waits on it fails. Any thread may call it, any number of times.</summary>
    void Abort();
}
