using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Tests;

/// <summary>Frames on a stream without HTTP: whole however they are cut up, bounded whatever they say, and lost when nothing comes any more.</summary>
public sealed class StreamTransportTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frames_come_whole_and_in_order_however_they_are_cut_up()
    {
        var pipe = new Pipe();
        await using Stream far = pipe.Writer.AsStream();
        using var transport = Over(pipe.Reader.AsStream());
        byte[][] frames = [new byte[16], new byte[17], new byte[WireLimits.MaxFrame], new byte[16]];
        Task sending = Task.Run(
            async () =>
            {
                foreach (byte[] frame in frames)
                {
                    new FrameHeader(frame.Length, FrameType.Goodbye, 0, 0).Write(frame);
                    frame[^1] = (byte)frame.Length;
                    int step = frame.Length < 100 ? 1 : 9_999;
                    for (int at = 0; at < frame.Length; at += step)
                    {
                        await far.WriteAsync(frame.AsMemory(at, Math.Min(step, frame.Length - at)), cancellation);
                        await far.FlushAsync(cancellation);
                    }
                }

                await far.DisposeAsync();
            },
            cancellation);

        byte[] buffer = new byte[WireLimits.MaxFrame];
        foreach (byte[] frame in frames)
        {
            int length = await transport.ReceiveAsync(buffer, cancellation);
            buffer.AsSpan(0, length).SequenceEqual(frame).ShouldBeTrue();
        }

        (await transport.ReceiveAsync(buffer, cancellation)).ShouldBe(0);
        await sending;
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(257u)]
    [InlineData(uint.MaxValue)]
    [InlineData(1u << 31)]
    public async Task A_length_that_none_can_have_is_a_loss_before_anything_is_kept_of_it(uint length)
    {
        using var transport = Over(new MemoryStream([.. BitConverter.GetBytes(length), .. new byte[512]]));

        await Should.ThrowAsync<IOException>(transport.ReceiveAsync(new byte[256], cancellation).AsTask());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(15)]
    public async Task A_frame_that_is_cut_off_is_a_loss(int length)
    {
        using var transport = Over(new MemoryStream(new Farewell(FarewellReason.Ended, "x").Encode(FrameType.Goodbye)[..length]));

        await Should.ThrowAsync<IOException>(transport.ReceiveAsync(new byte[256], cancellation).AsTask());
    }

    [Fact]
    public async Task Heartbeats_keep_a_quiet_connection_and_nobody_else_sees_them()
    {
        (Stream near, Stream far) = await PairAsync();
        bool isCut = false;
        using var one = new StreamTransport(near, near, () => { isCut = true; near.Dispose(); });
        using var other = new StreamTransport(far, far, far.Dispose);
        one.KeepAlive(Short, Limit);
        other.KeepAlive(Limit, Limit);
        Task<int> receiving = one.ReceiveAsync(new byte[256], cancellation).AsTask();
        Task<int> answering = other.ReceiveAsync(new byte[256], cancellation).AsTask();

        await Task.Delay(Short * 10, cancellation);
        await other.SendAsync(new Farewell(FarewellReason.Ended, "bye").Encode(FrameType.Goodbye), cancellation);

        (await receiving.WaitAsync(Limit, cancellation)).ShouldBe(23);
        answering.IsCompleted.ShouldBeFalse();
        isCut.ShouldBeFalse();
    }

    [Fact]
    public async Task A_line_that_says_nothing_is_lost_in_both_directions()
    {
        (Stream near, Stream far) = await PairAsync();
        using var one = new StreamTransport(near, near, near.Dispose);
        one.KeepAlive(Short, Short);
        Task<int> receiving = one.ReceiveAsync(new byte[256], cancellation).AsTask();

        await Should.ThrowAsync<IOException>(receiving.WaitAsync(Limit, cancellation));
        await Should.ThrowAsync<IOException>(one.SendAsync(new byte[16], cancellation).AsTask().WaitAsync(Limit, cancellation));
        byte[] asked = new byte[FrameHeader.Size];
        await far.ReadExactlyAsync(asked, cancellation);
        asked[4].ShouldBe((byte)FrameType.Ping);
        await far.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_that_is_aborted_is_lost_even_where_it_is_read_to_its_end()
    {
        var pipe = new Pipe();
        using var transport = new StreamTransport(pipe.Reader.AsStream(), Stream.Null, () => pipe.Writer.Complete());
        Task<int> receiving = transport.ReceiveAsync(new byte[256], cancellation).AsTask();

        transport.Abort();

        await Should.ThrowAsync<IOException>(receiving.WaitAsync(Limit, cancellation));
    }

    [Fact]
    public async Task A_flood_of_pings_is_answered_by_as_much_as_is_taken_and_kept_by_nobody()
    {
        (Stream near, Stream far) = await PairAsync();
        using var one = new StreamTransport(near, near, near.Dispose);
        one.KeepAlive(Limit, Limit);
        Task<int> receiving = one.ReceiveAsync(new byte[256], cancellation).AsTask();
        byte[] ping = new byte[FrameHeader.Size];
        new FrameHeader(FrameHeader.Size, FrameType.Ping, 0, 0).Write(ping);
        byte[] many = [.. Enumerable.Repeat(ping, 10_000).SelectMany(bytes => bytes)];
        for (int i = 0; i < 50; i++)
        {
            await far.WriteAsync(many, cancellation); // Nothing of what comes back is read: 8 MB of pongs would not fit.
        }

        await far.WriteAsync(new Farewell(FarewellReason.Ended, "bye").Encode(FrameType.Goodbye), cancellation);

        (await receiving.WaitAsync(Limit, cancellation)).ShouldBe(23);
        await far.DisposeAsync();
    }

    [Fact]
    public async Task Before_there_is_a_session_a_heartbeat_is_a_frame_as_others()
    {
        byte[] ping = new byte[FrameHeader.Size];
        new FrameHeader(FrameHeader.Size, FrameType.Ping, 0, 0).Write(ping);
        using var transport = Over(new MemoryStream(ping));

        (await transport.ReceiveAsync(new byte[256], cancellation)).ShouldBe(FrameHeader.Size);
    }

    [Theory]
    [InlineData("reading first")]
    [InlineData("writing first")]
    public async Task A_broken_connection_is_an_IOException_in_both_directions(string how)
    {
        using var stream = new BreakingStream();
        using var transport = Over(stream);
        Task<int> receiving = transport.ReceiveAsync(new byte[100], cancellation).AsTask();
        Task sending = transport.SendAsync(new byte[16], cancellation).AsTask();
        if (how == "reading first")
        {
            stream.BreakReading();
            await Should.ThrowAsync<IOException>(receiving.WaitAsync(Limit, cancellation));
        }

        stream.BreakWriting();
        await Should.ThrowAsync<IOException>(sending.WaitAsync(Limit, cancellation));
        stream.BreakReading();
    }

    [Fact]
    public void What_opens_comes_back_as_it_was_sent_and_nothing_else_does()
    {
        var open = new OpenFrame("/exports/vol", "secret-token-0123456789");
        OpenFrame.Decode(open.Encode()).ShouldBe(open);
        $"{open}".ShouldNotContain("secret");
        var opened = new OpenedFrame(401, "certificate-expired");
        OpenedFrame.Decode(opened.Encode()).ShouldBe(opened);
        byte[] frame = open.Encode();
        for (int length = 0; length < frame.Length; length++)
        {
            OpenFrame.Decode(frame.AsSpan(0, length)).ShouldBeNull();
            byte[] lying = [.. frame.AsSpan(0, length)];
            if (length >= FrameHeader.Size)
            {
                new FrameHeader(length, FrameType.Open, 0, 0).Write(lying);
                OpenFrame.Decode(lying).ShouldBeNull();
            }
        }

        Should.Throw<InvalidOperationException>(() => new OpenFrame("/", new string('x', WireLimits.MaxOpen)).Encode()).Message.ShouldNotContain("xxx");
    }

    private static StreamTransport Over(Stream stream) => new(stream, stream, stream.Dispose);

    private static async Task<(Stream Near, Stream Far)> PairAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Task<Socket> accepting = listener.AcceptSocketAsync();
        await near.ConnectAsync(listener.LocalEndpoint);
        return (new NetworkStream(near, ownsSocket: true), new NetworkStream(await accepting, ownsSocket: true));
    }
}
