using System.Buffers.Binary;
using System.IO.Compression;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Tests;

/// <summary>Contents are compressed where the line is slower than that, arrive as they were, and nobody can make the receiver believe or hold more than a frame.</summary>
public sealed class CompressionTests
{
    private const int Frames = 40;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FrameType.Request, 8, true)]
    [InlineData(FrameType.Reply, 1, true)]
    [InlineData(FrameType.Reply, 2, false)]
    public async Task On_a_slow_line_contents_of_one_file_are_compressed_and_come_as_they_were(FrameType type, int steps, bool isCompressed)
    {
        long sent = await SendAsync(isSlow: true, type, steps, Text);

        (sent > 0).ShouldBe(isCompressed);
    }

    [Fact]
    public async Task On_a_fast_line_nothing_is() => (await SendAsync(isSlow: false, FrameType.Reply, 1, Text)).ShouldBe(0);

    [Fact]
    public async Task What_does_not_shrink_is_sent_as_it_is() => (await SendAsync(isSlow: true, FrameType.Reply, 1, Noise)).ShouldBe(0);

    [Fact]
    public async Task What_does_shrink_is_found_after_much_that_did_not()
    {
        int frames = 0;

        (await SendAsync(isSlow: true, FrameType.Reply, 1, length => ++frames < 20 ? Noise(length) : Text(length), count: 120)).ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task Short_frames_are_sent_as_they_are() => (await SendAsync(isSlow: true, FrameType.Request, 1, Text, length: 8000, count: 300)).ShouldBe(0);

    /// <summary>Lengths that no frame has, one too long and too short, what is cut off, what has something behind it, and noise.</summary>
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(15, 0, 0)]
    [InlineData(-1, 0, 0)]
    [InlineData(WireLimits.MaxFrame + 1, 0, 0)]
    [InlineData(int.MaxValue, 0, 0)]
    [InlineData(100_001, 0, 0)]
    [InlineData(99_999, 0, 0)]
    [InlineData(100_000, -1, 0)]
    [InlineData(100_000, 1, 0)]
    [InlineData(100_000, 0, 255)]
    public async Task What_is_no_compressed_frame_breaks_the_protocol(int said, int more, byte flipped)
    {
        byte[] frame = Compressed(Frame(FrameType.Request, 1, Text(100_000)), said, more);
        frame[CompressingTransport.Prefix] ^= flipped;

        await Should.ThrowAsync<WireProtocolException>(() => ReceiveAsync(frame));
    }

    [Fact]
    public async Task A_compressed_frame_within_one_is_not_opened_twice()
    {
        byte[] twice = Compressed(Compressed(Frame(FrameType.Request, 1, Text(100_000)), 100_000, 0), said: null, 0);

        FrameHeader.TryRead(await ReceiveAsync(twice), out FrameHeader header).ShouldBeTrue();

        header.Type.ShouldBe(FrameType.Compressed, "which neither end takes");
    }

    [Fact]
    public async Task Whatever_is_changed_in_it_it_is_a_frame_no_longer_than_it_said_or_none()
    {
        byte[] good = Compressed(Frame(FrameType.Request, 1, Text(20_000)), 20_000, 0);
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            byte[] bad = [.. good];
            bad[random.Next(CompressingTransport.Prefix, bad.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                (await ReceiveAsync(bad)).Length.ShouldBe(20_000, $"seed {seed}");
            }
            catch (WireProtocolException)
            {
                // As it should be.
            }
        }
    }

    /// <returns>Frames that went out compressed.</returns>
    private async Task<long> SendAsync(bool isSlow, FrameType type, int steps, Func<int, byte[]> content, int length = 100_000, int count = Frames)
    {
        (MemoryTransport far, MemoryTransport near) = MemoryTransport.CreatePair();
        near.Delay = isSlow ? static frame => TimeSpan.FromMilliseconds(Math.Max(1, frame.Length / 10_000)) : null;
        long compressed = 0;
        using var sender = new CompressingTransport(near, () => compressed++);
        using var receiver = new CompressingTransport(far);
        byte[] buffer = new byte[WireLimits.MaxFrame];
        for (int i = 0; i < count; i++)
        {
            byte[] frame = Frame(type, steps, content(length));
            await sender.SendAsync(frame, cancellation);
            int came = await receiver.ReceiveAsync(buffer, cancellation);
            buffer.AsSpan(0, came).SequenceEqual(frame).ShouldBeTrue();
        }

        return compressed;
    }

    private async Task<byte[]> ReceiveAsync(byte[] frame)
    {
        (MemoryTransport far, MemoryTransport near) = MemoryTransport.CreatePair();
        using var receiver = new CompressingTransport(far);
        await near.SendAsync(frame, cancellation);
        byte[] buffer = new byte[WireLimits.MaxFrame];
        int length = await receiver.ReceiveAsync(buffer, cancellation);
        return buffer[..length];
    }

    private static byte[] Compressed(byte[] frame, int? said, int more)
    {
        byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(frame.Length)];
        BrotliEncoder.TryCompress(frame, packed, out int length).ShouldBeTrue();
        Array.Resize(ref packed, length + more);
        byte[] whole = [.. new byte[CompressingTransport.Prefix], .. packed];
        new FrameHeader(whole.Length, FrameType.Compressed, 0, 0).Write(whole);
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(FrameHeader.Size), said ?? frame.Length);
        return whole;
    }

    private static byte[] Frame(FrameType type, int steps, byte[] frame)
    {
        new FrameHeader(frame.Length, type, steps, 1).Write(frame);
        return frame;
    }

    private static byte[] Text(int length)
    {
        byte[] text = new byte[length];
        "the same words again and again, "u8.ToArray().AsSpan().CopyTo(text);
        for (int i = 32; i < length; i++)
        {
            text[i] = text[i - 32];
        }

        return text;
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }
}
