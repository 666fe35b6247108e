using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Transport;

/// <summary>Frames one after the other on a stream, as over TLS without HTTP: each says its length in its first bytes. PING and PONG are the heartbeat (docs/protocol.md, "Without HTTP").</summary>
public sealed class StreamTransport : IFrameTransport
{
    /// <summary>By which TLS is told that frames follow, and not HTTP (ALPN, RFC 7301).</summary>
    public const string ProtocolName = "tessera/1";

    /// <summary>Looks at the clock in the time after which a sign of life is asked for.</summary>
    private const int LooksPerBeat = 4;

    private const int Idle = 0;
    private const int OwesPing = 1;
    private const int OwesPong = 2;
    private const int IsPaying = 4;

    private readonly Stream input;
    private readonly Stream output;
    private readonly Action abort;
    private readonly SemaphoreSlim sendGate = new(1);
    private readonly byte[] prefix = new byte[sizeof(uint)];
    private Timer? timer;
    private TimeSpan every;
    private TimeSpan patience;
    private long heard = Environment.TickCount64;
    private int owed;
    private volatile bool isAborted;

    /// <param name="input">What comes; read by one at a time.</param>
    /// <param name="output">Where frames go; may be the same stream.</param>
    /// <param name="abort">Ends the connection at once, and with it what waits on either; called any number of times, by any thread.</param>
    public StreamTransport(Stream input, Stream output, Action abort)
    {
        this.input = input;
        this.output = output;
        this.abort = abort;
    }

    /// <summary>From now on the other end is asked for a sign of life, and answered when it asks. Until then heartbeats are frames as others.</summary>
    /// <param name="quiet">After so long without anything from it.</param>
    /// <param name="time">When nothing comes for so long after that, the connection is lost.</param>
    public void KeepAlive(TimeSpan quiet, TimeSpan time)
    {
        every = quiet;
        patience = quiet + time;
        Interlocked.Exchange(ref heard, Environment.TickCount64);
        timer = new Timer(_ => Look(), state: null, quiet / LooksPerBeat, quiet / LooksPerBeat);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        try
        {
            await sendGate.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                await output.WriteAsync(frame, cancellation).ConfigureAwait(false);
            }
            finally
            {
                sendGate.Release();
            }
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
            while (true)
            {
                int have = 0;
                int length = prefix.Length;
                while (have < length)
                {
                    Memory<byte> place = have < prefix.Length ? prefix.AsMemory(have) : buffer[have..length];
                    int came = await input.ReadAsync(place, cancellation).ConfigureAwait(false);
                    if (came == 0)
                    {
                        // A socket that is closed at this end may be read to its end, as if the other had closed it.
                        return have == 0 && !isAborted ? 0 : throw new IOException("A frame that was cut off.");
                    }

                    Interlocked.Exchange(ref heard, Environment.TickCount64);
                    have += came;
                    if (have == prefix.Length)
                    {
                        length = LengthOf(buffer.Length);
                        prefix.CopyTo(buffer);
                    }
                }

                if (timer is null || !TryTakeHeartbeat(buffer.Span[..length]))
                {
                    return length;
                }
            }
        }
        catch (Exception fault) when (IsLoss(fault, cancellation))
        {
            throw new IOException("The connection was lost.", fault);
        }
    }

    public void Abort()
    {
        isAborted = true;
        abort();
    }

    /// <summary>Lets go of the streams: what was sent last still arrives, as why somebody is not let in.</summary>
    public void Dispose()
    {
        timer?.Dispose();
        input.Dispose();
        output.Dispose();
    }

    private int LengthOf(int most)
    {
        uint said = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        return said >= FrameHeader.Size && said <= most ? (int)said : throw new IOException("A message longer than a frame may be, or none.");
    }

    private bool TryTakeHeartbeat(ReadOnlySpan<byte> frame)
    {
        if (frame.Length != FrameHeader.Size || !FrameHeader.TryRead(frame, out FrameHeader header))
        {
            return false;
        }

        if (header.Type == FrameType.Ping)
        {
            Owe(OwesPong);
        }

        return header.Type is FrameType.Ping or FrameType.Pong;
    }

    private void Look()
    {
        TimeSpan silent = TimeSpan.FromMilliseconds(Environment.TickCount64 - Interlocked.Read(ref heard));
        if (silent >= patience)
        {
            Abort();
        }
        else if (silent >= every)
        {
            Owe(OwesPing);
        }
    }

    /// <summary>Sends a heartbeat as soon as nothing else is being sent. However many are owed, at most one of each kind waits.</summary>
    private void Owe(int what)
    {
        if ((Interlocked.Or(ref owed, what | IsPaying) & IsPaying) == 0)
        {
            _ = PayAsync();
        }
    }

    private async Task PayAsync()
    {
        try
        {
            while (true)
            {
                int due = Interlocked.Exchange(ref owed, IsPaying) & ~IsPaying;
                if (due == Idle)
                {
                    if (Interlocked.CompareExchange(ref owed, Idle, IsPaying) == IsPaying)
                    {
                        return;
                    }

                    continue;
                }

                byte[] frames = Beats(due);
                await SendAsync(frames, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            Abort(); // Whoever receives sees it. What is owed is owed to nobody any more.
        }
    }

    private static byte[] Beats(int due)
    {
        byte[] frames = new byte[FrameHeader.Size * int.PopCount(due)];
        int position = 0;
        if ((due & OwesPing) != 0)
        {
            new FrameHeader(FrameHeader.Size, FrameType.Ping, 0, 0).Write(frames);
            position = FrameHeader.Size;
        }

        if ((due & OwesPong) != 0)
        {
            new FrameHeader(FrameHeader.Size, FrameType.Pong, 0, 0).Write(frames.AsSpan(position));
        }

        return frames;
    }

    /// <remarks>Kestrel says that a connection was aborted by a cancellation that nobody asked for.</remarks>
    private static bool IsLoss(Exception fault, CancellationToken cancellation)
        => fault is ObjectDisposedException or InvalidOperationException || (fault is OperationCanceledException && !cancellation.IsCancellationRequested);
}
