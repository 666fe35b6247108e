using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tracing;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Importing;

/// <summary>The end of a session that uses the files: sends requests and waits for their replies. Outlives its connections: what is unanswered when one
/// is lost goes out again over the next, and is answered once.</summary>
public sealed class ImportSession : IDisposable
{
    /// <summary>So that a deadline is exceeded by an eighth at most.</summary>
    private const int LooksPerDeadline = 8;

    /// <summary>While somebody waits for longer than this it is looked whether he still does, so often.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly ImportSlot[] slots;
    private readonly Stack<ImportSlot> free;
    private readonly SemaphoreSlim credit = new(WireLimits.Slots);
    private readonly SemaphoreSlim sendGate = new(1);
    private readonly Lock gate = new();
    private IFrameTransport? connection;
    private volatile bool isOver;
    private volatile bool isTraced;
    private long calls;
    private long compressed;
    private long roundTrip;
    private readonly TaskCompletionSource stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan? deadline;
    private readonly Timer? overdue;
    private readonly Timer patience;
    private int isLooking;

    /// <param name="deadline">A request that was sent, and is not answered for so long while there is a connection, fails with ETIMEDOUT; null: it waits.</param>
    public ImportSession(TimeSpan? deadline = null)
    {
        this.deadline = deadline;
        slots = [.. Enumerable.Range(0, WireLimits.Slots).Select(number => new ImportSlot(number, Inodes))];
        free = new Stack<ImportSlot>(slots);
        patience = new Timer(_ => LetGo(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        TimeSpan look = (deadline ?? default) / LooksPerDeadline;
        overdue = deadline is null ? null : new Timer(_ => AbandonOverdue(), state: null, look, look);
    }

    /// <summary>Completes when no request can be made any more because not one of the slots has been answered in time.</summary>
    public Task Stuck => stuck.Task;

    /// <summary>Requests sent so far; each that somebody waits for is a round trip.</summary>
    public long Calls => Interlocked.Read(ref calls);

    /// <summary>Frames that were sent, or came, compressed.</summary>
    public long CompressedFrames => Interlocked.Read(ref compressed);

    /// <summary>Nothing is answered any more: every operation fails with ENOTCONN.</summary>
    public bool IsOver => isOver;

    /// <summary>How long the exporter takes to answer, at best: the shortest time lately. It creeps up by an eighth with each answer that takes longer.</summary>
    public TimeSpan RoundTrip => new(Interlocked.Read(ref roundTrip));

    internal KnownInodes Inodes { get; } = new();

    /// <summary>Told, in their order, of changes by others; must not wait.</summary>
    internal Action<FileChange>? OnChange { get; set; }

    /// <summary>Takes a connection that was just made, sends what is unanswered, and takes replies until it is lost.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="features">Those that both ends named.</param>
    /// <returns>Why the exporter ended the session; null: the connection was lost, and the session may go on with another.</returns>
    /// <exception cref="WireProtocolException">The exporter broke the protocol.</exception>
    public async Task<Farewell?> RunAsync(IFrameTransport transport, WireFeatures features = WireFeatures.None)
    {
        isTraced = features.HasFlag(WireFeatures.Traces);
        transport = features.HasFlag(WireFeatures.Compression) ? new CompressingTransport(transport, () => Interlocked.Increment(ref compressed)) : transport;
        await AttachAsync(transport).ConfigureAwait(false);
        byte[] received = ArrayPool<byte>.Shared.Rent(WireLimits.MaxFrame); // A quarter of a MiB: for as long as there is a connection.
        try
        {
            return await ReceiveAllAsync(transport, features, received.AsMemory(0, WireLimits.MaxFrame)).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(received);
        }
    }

    private async Task<Farewell?> ReceiveAllAsync(IFrameTransport transport, WireFeatures features, Memory<byte> received)
    {
        while (true)
        {
            int length = await ReceiveAsync(transport, received).ConfigureAwait(false);
            if (length == 0)
            {
                Detach(transport);
                return null;
            }

            if (!FrameHeader.TryRead(received.Span[..length], out FrameHeader header))
            {
                throw new WireProtocolException("A message that is no frame.");
            }

            switch (header.Type)
            {
                case FrameType.Reply:
                    Accept(header, received.Span[..length]);
                    break;
                case FrameType.Changes when features.HasFlag(WireFeatures.Changes):
                    TellChanges(received.Span[..length]);
                    break;
                case FrameType.Goodbye:
                    return Farewell.Decode(received.Span[..length]) ?? throw new WireProtocolException("A GOODBYE that says nothing.");
                default:
                    throw new WireProtocolException($"A frame of type {(int)header.Type}, which exporters do not send.");
            }
        }
    }

    /// <summary>Says why the session ends, where there is a connection to say it on, and fails what waits.</summary>
    public async Task EndAsync(Farewell farewell)
    {
        try
        {
            if (!isOver)
            {
                await SendAsync(slot: null, farewell.Encode(FrameType.Goodbye)).AsTask().WaitAsync(WireLimits.FarewellTime).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            Volatile.Read(ref connection)?.Abort(); // It takes nothing any more.
        }

        End();
    }

    /// <summary>Fails what waits and all that comes, with ENOTCONN.</summary>
    public void End()
    {
        isOver = true;
        overdue?.Dispose();
        foreach (ImportSlot slot in slots)
        {
            slot.Fail(FsError.NotConnected);
            TakeBack(slot);
        }
    }

    public void Dispose()
    {
        End();
        patience.Dispose();
        credit.Dispose();
        sendGate.Dispose();
    }

    /// <summary>A slot for a request, when one is free.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<ImportSlot> BeginAsync(Caller caller)
    {
        await credit.WaitAsync().ConfigureAwait(false);
        ImportSlot slot;
        lock (gate)
        {
            slot = free.Pop();
        }

        slot.Begin(caller, isTraced ? WireSpans.StartAsked() : null);
        return slot;
    }

    /// <summary>Sends the slot's request and waits for its reply: the first error of its steps.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<FsError> CallAsync(ImportSlot slot)
    {
        Interlocked.Increment(ref calls);
        Activity? span = slot.Span;
        slot.Seal();
        if (isOver)
        {
            slot.Fail(FsError.NotConnected); // Looked at after sealing: End() either sees the request waiting, or is seen here.
        }
        else
        {
            await SendAsync(slot, default).ConfigureAwait(false);
        }

        LookWhileWaiting();
        long began = Stopwatch.GetTimestamp();
        FsError outcome = await slot.Completion.ConfigureAwait(false);
        Note(Stopwatch.GetElapsedTime(began).Ticks);
        if (span is not null)
        {
            WireSpans.End(span, outcome);
        }

        return outcome;
    }

    /// <summary>Who writes last wins: it is an estimate.</summary>
    private void Note(long took)
    {
        long before = Interlocked.Read(ref roundTrip);
        Interlocked.Exchange(ref roundTrip, before == 0 ? took : Math.Min(took, before + (before / 8) + 1));
    }

    internal void Release(ImportSlot slot)
    {
        if (slot.TryLeave())
        {
            Free(slot);
        }
    }

    private void Free(ImportSlot slot)
    {
        slot.End(mayRecycle: !isOver);
        lock (gate)
        {
            free.Push(slot);
        }

        credit.Release();
    }

    private void Accept(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        int number = RequestId.Decode(header.Id).Slot;
        if (number >= slots.Length || !slots[number].TryAccept(header, frame))
        {
            throw new WireProtocolException("A reply to nothing that was asked, or one that does not fit it.");
        }

        if (slots[number].TryTakeLateHandle(out ulong ino, out ulong handle))
        {
            _ = CloseAsync(ino, handle);
        }

        TakeBack(slots[number]);
    }

    private void TellChanges(ReadOnlySpan<byte> frame)
    {
        foreach (FileChange change in ChangesCodec.Decode(frame) ?? throw new WireProtocolException("A CHANGES that is none."))
        {
            OnChange?.Invoke(change);
        }
    }

    /// <summary>A slot whose operation went on without its reply.</summary>
    private void TakeBack(ImportSlot slot)
    {
        if (slot.TryTakeBack())
        {
            Free(slot);
        }
    }

    private async Task CloseAsync(ulong ino, ulong handle)
    {
        ImportSlot slot = await BeginAsync(Caller.Engine).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Release, Ino = ino, Handle = handle });
        _ = await CallAsync(slot).ConfigureAwait(false);
        Release(slot);
    }

    private void AbandonOverdue()
    {
        if (Volatile.Read(ref connection) is not { } newest)
        {
            return;
        }

        long before = Environment.TickCount64 - (long)deadline!.Value.TotalMilliseconds;
        int left = 0;
        foreach (ImportSlot slot in slots)
        {
            slot.AbandonIfSent(newest, before);
            left += slot.IsOverdue ? 0 : 1;
        }

        if (left == 0)
        {
            stuck.TrySetResult();
        }
    }

    private void LookWhileWaiting()
    {
        if (Volatile.Read(ref isLooking) == 0 && Interlocked.Exchange(ref isLooking, 1) == 0 && !isOver)
        {
            patience.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Lets go of programs that were killed while they wait.</summary>
    private void LetGo()
    {
        long before = Environment.TickCount64 - ((long)Patience.TotalMilliseconds / 2);
        Volatile.Write(ref isLooking, 0); // Before it is looked: who asks from now on starts it anew.
        bool isWaitedFor = false;
        foreach (ImportSlot slot in slots)
        {
            slot.AbandonIfNobodyWaits(before);
            isWaitedFor |= slot.IsWaitedFor;
        }

        if (isWaitedFor)
        {
            LookWhileWaiting();
        }
    }

    private async Task AttachAsync(IFrameTransport transport)
    {
        await sendGate.WaitAsync().ConfigureAwait(false);
        try
        {
            Volatile.Write(ref connection, transport);
            foreach (ImportSlot slot in slots)
            {
                if (slot.TryMarkSent(transport, out ReadOnlyMemory<byte> frame))
                {
                    await transport.SendAsync(frame, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
        catch (IOException)
        {
            transport.Abort(); // The receiving loop sees it and ends.
        }
        finally
        {
            sendGate.Release();
        }
    }

    private void Detach(IFrameTransport transport) => Interlocked.CompareExchange(ref connection, null, transport);

    private static async ValueTask<int> ReceiveAsync(IFrameTransport transport, Memory<byte> received)
    {
        try
        {
            return await transport.ReceiveAsync(received, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            return 0; // A connection that breaks and one that closes are the same to a session that may go on.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ImportSlot? slot, ReadOnlyMemory<byte> frame)
    {
        await sendGate.WaitAsync().ConfigureAwait(false);
        IFrameTransport? transport = Volatile.Read(ref connection);
        try
        {
            if (transport is not null && slot?.TryMarkSent(transport, out frame) != false)
            {
                await transport.SendAsync(frame, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            transport!.Abort(); // The receiving loop sees it and ends; the request stays unanswered until the next connection.
        }
        finally
        {
            sendGate.Release();
        }
    }
}
