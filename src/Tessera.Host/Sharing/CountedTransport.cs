using System.Runtime.CompilerServices;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>Counts the bytes of the frames that go over the connection beneath.</summary>
internal sealed class CountedTransport(IFrameTransport inner, ShareTraffic traffic) : IFrameTransport
{
    public ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        traffic.CountSent(frame.Length);
        return inner.SendAsync(frame, cancellation);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int length = await inner.ReceiveAsync(buffer, cancellation);
        traffic.CountReceived(length);
        return length;
    }

    public void Abort() => inner.Abort();

    public void Dispose() => inner.Dispose();
}
