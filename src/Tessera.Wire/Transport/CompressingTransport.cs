using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Transport;

/// <summary>A connection both of whose ends know COMPRESSED frames: sends contents so where that gets them there sooner (docs/protocol.md, "Compression").</summary>
/// <param name="connection">Ends with it.</param>
/// <param name="onCompressed">Told of each frame that is sent or comes so, by whoever sends or receives; null: nobody.</param>
public sealed class CompressingTransport(IFrameTransport connection, Action? onCompressed = null) : IFrameTransport
{
    /// <summary>Before the compressed bytes: the header, and the length of the frame that they are.</summary>
    internal const int Prefix = FrameHeader.Size + sizeof(int);

    /// <summary>Shorter frames wait for the line's delay rather than for its width.</summary>
    private const int Least = 16 << 10;

    /// <summary>Of 0 to 11. Better ones take several times as long.</summary>
    private const int Quality = 1;

    /// <summary>Log2 of how far back a repetition is found, bytes: a whole frame.</summary>
    private const int Reach = 18;

    private readonly CompressionGauge gauge = new();

    public ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation) =>
        IsOneContent(frame.Span) ? SendContentAsync(frame, cancellation) : connection.SendAsync(frame, cancellation);

    /// <exception cref="IOException">The connection is lost.</exception>
    /// <exception cref="WireProtocolException">A COMPRESSED frame that is none.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int length = await connection.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
        bool isPacked = FrameHeader.TryRead(buffer.Span[..length], out FrameHeader header) && header.Type == FrameType.Compressed;
        if (!isPacked)
        {
            return length;
        }

        onCompressed?.Invoke();
        return Unpack(buffer.Span, length);
    }

    public void Abort() => connection.Abort();

    public void Dispose() => connection.Dispose();

    /// <summary>Contents of one file and nothing else: were those of several compressed together, its length would tell who sees the line how alike they are.</summary>
    private static bool IsOneContent(ReadOnlySpan<byte> frame) =>
        frame.Length >= Least
        && FrameHeader.TryRead(frame, out FrameHeader header)
        && (header.Type == FrameType.Request || (header.Type == FrameType.Reply && header.Steps == 1));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendContentAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        byte[]? packed = gauge.WouldPay() ? ArrayPool<byte>.Shared.Rent(frame.Length) : null;
        int length = packed is null ? 0 : Pack(frame.Span, packed);
        ReadOnlyMemory<byte> sent = length > 0 ? packed.AsMemory(0, length) : frame;
        long began = Stopwatch.GetTimestamp();
        await connection.SendAsync(sent, cancellation).ConfigureAwait(false);
        gauge.Sent(sent.Length, Stopwatch.GetElapsedTime(began));
        if (packed is not null)
        {
            ArrayPool<byte>.Shared.Return(packed); // Not after a fault: somebody may still read it.
        }

        if (length > 0)
        {
            onCompressed?.Invoke();
        }
    }

    /// <returns>The length of the COMPRESSED frame; 0: it would be no shorter.</returns>
    private int Pack(ReadOnlySpan<byte> frame, Span<byte> packed)
    {
        long began = Stopwatch.GetTimestamp();
        bool isShorter = BrotliEncoder.TryCompress(frame, packed[Prefix..frame.Length], out int written, Quality, Reach);
        int length = isShorter ? Prefix + written : frame.Length;
        gauge.Packed(frame.Length, length, Stopwatch.GetElapsedTime(began));
        if (!isShorter)
        {
            return 0;
        }

        new FrameHeader(length, FrameType.Compressed, 0, 0).Write(packed);
        BinaryPrimitives.WriteInt32LittleEndian(packed[FrameHeader.Size..], frame.Length);
        return length;
    }

    private static int Unpack(Span<byte> buffer, int length)
    {
        int plain = length > Prefix ? BinaryPrimitives.ReadInt32LittleEndian(buffer[FrameHeader.Size..]) : 0;
        if (plain < FrameHeader.Size || plain > buffer.Length)
        {
            throw new WireProtocolException("A COMPRESSED frame of no frame, or of a longer one than there is.");
        }

        byte[] packed = ArrayPool<byte>.Shared.Rent(length - Prefix);
        try
        {
            buffer[Prefix..length].CopyTo(packed);
            using var decoder = default(BrotliDecoder);
            OperationStatus status = decoder.Decompress(packed.AsSpan(0, length - Prefix), buffer[..plain], out int read, out int written);
            return status == OperationStatus.Done && read == length - Prefix && written == plain
                ? plain
                : throw new WireProtocolException("A COMPRESSED frame that is not what it says.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }
}
