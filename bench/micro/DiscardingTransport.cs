using Tessera.Fuse;

namespace Tessera.MicroBenchmarks;

/// <summary>A kernel that asks nothing and takes every reply that is none of an error.</summary>
internal sealed class DiscardingTransport : IFuseTransport
{
    private const int ConnectionEnded = -19; // ENODEV
    private const int ErrorAt = 4;

    public int Read(Span<byte> buffer, bool alone) => ConnectionEnded;

    public int Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => BitConverter.ToInt32(head[ErrorAt..]) == 0
        ? 0
        : throw new InvalidOperationException($"A benchmark's request was answered with error {BitConverter.ToInt32(head[ErrorAt..])}.");

    public void Dispose()
    {
    }
}
