using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Exporting;

/// <summary>The end of a session that has the files: does what the importer asks, once, however often it is asked. Outlives its connections.</summary>
public sealed class Exporter : IAsyncDisposable
{
    private readonly IFileSystem files;
    private readonly ExportPolicy policy;
    private readonly Action<Exception> onFault;
    private readonly ToldInodes told;
    private readonly ExportedHandles handles;
    private readonly ExportSlot[] slots;
    private readonly SemaphoreSlim sendGate = new(1);
    private readonly byte[] received = GC.AllocateUninitializedArray<byte>(WireLimits.MaxFrame);
    private readonly ChangeSender changes;
    private Step checkedStep;
    private bool? watches;
    private bool isResumed;
    private bool mayTrace;
    private IFrameTransport? connection;
    private volatile TaskCompletionSource? idle;
    private int running;
    private long requests;

    /// <param name="files">What is exported. The session's own: ends with it.</param>
    /// <param name="policy">What the importer may do with it.</param>
    /// <param name="onFault">Told of faults of the file system; the importer sees EIO.</param>
    public Exporter(IFileSystem files, ExportPolicy policy, Action<Exception> onFault)
    {
        this.files = files;
        this.policy = policy;
        this.onFault = onFault;
        told = new ToldInodes(files);
        handles = new ExportedHandles(files);
        changes = new ChangeSender(SendChangesAsync);
        slots = [.. Enumerable.Range(0, WireLimits.Slots).Select(_ => new ExportSlot(this, new StepExecutor(this, files, policy, told, handles)))];
    }

    /// <summary>Files that the importer has open.</summary>
    public int OpenFiles => handles.Count;

    /// <summary>Requests received so far.</summary>
    public long Requests => Interlocked.Read(ref requests);

    /// <summary>Spans are recorded of what it does for the importer's (<see cref="Tracing.WireSpans"/>).</summary>
    public bool IsTraced { get; init; }

    /// <summary>Tells what others change; null: the files themselves, where they can.</summary>
    public IWatchedFiles? Watched { get; init; }

    /// <summary>The locks of all who use the files; null: there are none.</summary>
    public LockTable? Locks { get; init; }

    /// <summary>What it can do; from when this is first asked on, changes by others are watched where they can be.</summary>
    public WireFeatures Offers
    {
        get
        {
            watches ??= (Watched ?? files as IWatchedFiles)?.TryWatch(policy.Hidden is null ? changes.Add : TellVisible) == true;
            return WireFeatures.Compression
                | (watches == true ? WireFeatures.Changes : WireFeatures.None)
                | (IsTraced ? WireFeatures.Traces : WireFeatures.None)
                | (Locks is null ? WireFeatures.None : WireFeatures.Locks);
        }
    }

    /// <summary>Serves the importer at the other end of a connection that was just made, until it is lost.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="features">Those that both ends named.</param>
    /// <returns>Why the importer ended the session; null: the connection was lost, and the session may go on with another.</returns>
    /// <exception cref="WireProtocolException">The importer broke the protocol.</exception>
    public async Task<Farewell?> ServeAsync(IFrameTransport transport, WireFeatures features = WireFeatures.None)
    {
        transport = features.HasFlag(WireFeatures.Compression) ? new CompressingTransport(transport) : transport;
        Volatile.Write(ref connection, transport);
        changes.Attach((features & Offers).HasFlag(WireFeatures.Changes), isResumed);
        isResumed = true;
        mayTrace = (features & Offers).HasFlag(WireFeatures.Traces);
        try
        {
            return await ServeRequestsAsync(transport).ConfigureAwait(false);
        }
        finally
        {
            changes.Detach();
        }
    }

    private void TellVisible(FileChange change)
    {
        if (policy.Hidden!.Seen(change) is { } seen)
        {
            changes.Add(seen);
        }
    }

    private async Task<Farewell?> ServeRequestsAsync(IFrameTransport transport)
    {
        while (true)
        {
            int length = await ReceiveAsync(transport).ConfigureAwait(false);
            if (length == 0)
            {
                return null;
            }

            ReadOnlyMemory<byte> frame = received.AsMemory(0, length);
            if (!FrameHeader.TryRead(frame.Span, out FrameHeader header))
            {
                throw new WireProtocolException("A message that is no frame.");
            }

            switch (header.Type)
            {
                case FrameType.Request:
                    await AcceptAsync(header, frame).ConfigureAwait(false);
                    break;
                case FrameType.Goodbye:
                    return Farewell.Decode(frame.Span) ?? throw new WireProtocolException("A GOODBYE that says nothing.");
                default:
                    throw new WireProtocolException($"A frame of type {(int)header.Type}, which importers do not send.");
            }
        }
    }

    /// <summary>Says why the session ends, where there is a connection to say it on; one that takes nothing is given up.</summary>
    public async Task EndAsync(Farewell farewell)
    {
        try
        {
            await SendAsync(farewell.Encode(FrameType.Goodbye)).AsTask().WaitAsync(WireLimits.FarewellTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Volatile.Read(ref connection)?.Abort();
        }
    }

    /// <summary>The session is over: waits for what is being done, closes what is open, forgets what was told.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref connection, null);
        changes.Detach();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        idle = done;
        if (Volatile.Read(ref running) > 0)
        {
            await done.Task.ConfigureAwait(false);
        }

        await handles.ClearAsync().ConfigureAwait(false);
        Locks?.Drop(this);
        told.Clear();
        foreach (ExportSlot slot in slots)
        {
            slot.Clear();
        }

        sendGate.Dispose();
    }

    /// <summary>Does the request of a slot, and sends what came of it.</summary>
    internal async Task RunAsync(ExportSlot slot)
    {
        try
        {
            await slot.DoAsync(policy, onFault).ConfigureAwait(false);
            OutgoingReply reply = slot.Finish();
            await SendAsync(reply.Frame).ConfigureAwait(false);
            slot.Sent(reply);
        }
        finally
        {
            if (Interlocked.Decrement(ref running) == 0)
            {
                idle?.TrySetResult();
            }
        }
    }

    private async ValueTask<int> ReceiveAsync(IFrameTransport transport)
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

    private ValueTask AcceptAsync(in FrameHeader header, ReadOnlyMemory<byte> frame)
    {
        RequestId id = RequestId.Decode(header.Id);
        int bound = Check(header, frame, out bool isRepeatable);
        ExportSlot slot = id.Slot < slots.Length ? slots[id.Slot] : throw new WireProtocolException("A slot that there is not.");
        Interlocked.Increment(ref requests);
        if (id.Sequence == slot.Sequence && id.Sequence != 0)
        {
            return slot.IsRunning ? default : RepeatAsync(slot, frame, bound, isRepeatable);
        }

        if (slot.IsRunning || id.Sequence != slot.Sequence + 1)
        {
            throw new WireProtocolException("A request in a slot that is taken, or out of its sequence.");
        }

        Start(slot, id.Sequence, frame, bound, isRepeatable);
        return default;
    }

    /// <summary>The request has come before: its reply goes out once more, or it is done once more where that makes no difference.</summary>
    private async ValueTask RepeatAsync(ExportSlot slot, ReadOnlyMemory<byte> frame, int bound, bool isRepeatable)
    {
        if (slot.TryResend(out OutgoingReply kept))
        {
            await SendAsync(kept.Frame).ConfigureAwait(false);
            slot.Sent(kept);
            return;
        }

        if (!isRepeatable)
        {
            throw new WireProtocolException("A request that is not the one it claims to repeat.");
        }

        Start(slot, slot.Sequence, frame, bound, isRepeatable);
    }

    private void Start(ExportSlot slot, ulong sequence, ReadOnlyMemory<byte> frame, int bound, bool isRepeatable)
    {
        Interlocked.Increment(ref running);
        slot.Begin(sequence, frame.Span, bound, keepsReply: !isRepeatable);
        ThreadPool.UnsafeQueueUserWorkItem(slot, preferLocal: false);
    }

    /// <summary>A request is whole, or nothing of it is done; the most bytes that its reply can have.</summary>
    private int Check(in FrameHeader header, ReadOnlyMemory<byte> frame, out bool isRepeatable)
    {
        if (header.Steps is 0 or > WireLimits.MaxSteps || !RequestBody.TryRead(frame.Span, mayTrace, out RequestBody body))
        {
            throw new WireProtocolException("A request without steps, or with too many.");
        }

        int position = body.StepsAt;
        int bound = FrameHeader.Size;
        isRepeatable = true;
        for (int i = 0; i < header.Steps; i++)
        {
            if (!StepCodec.TryRead(frame, ref position, ref checkedStep))
            {
                throw new WireProtocolException("A step that is none.");
            }

            bound += StepExecutor.ResultBound(checkedStep);
            isRepeatable &= StepTable.Of(checkedStep.Operation).IsRepeatable;
        }

        return position == frame.Length && bound <= WireLimits.MaxFrame
            ? bound
            : throw new WireProtocolException("A request that does not end with its last step, or whose reply would be no frame.");
    }

    /// <summary>Sends changes while nothing else takes them along.</summary>
    private async Task SendChangesAsync()
    {
        await Task.Yield();
        await SendAsync(default).ConfigureAwait(false);
    }

    /// <summary>Sends a frame, and before it what others have changed: no reply overtakes a change that was done before the request was.</summary>
    private async ValueTask SendAsync(ReadOnlyMemory<byte> frame)
    {
        await sendGate.WaitAsync().ConfigureAwait(false);
        IFrameTransport? taker = null;
        try
        {
            // Taken first: what a new connection is to be told first must not go to the one before.
            while (changes.TryTake(out byte[] changed) && (taker = Volatile.Read(ref connection)) is not null)
            {
                await taker.SendAsync(changed, CancellationToken.None).ConfigureAwait(false);
            }

            taker = frame.IsEmpty ? null : Volatile.Read(ref connection);
            await (taker?.SendAsync(frame, CancellationToken.None) ?? default).ConfigureAwait(false);
        }
        catch (IOException)
        {
            taker?.Abort(); // Its receiving loop sees it and ends. Another may have its place already, on which what could not be sent is asked for again.
        }
        finally
        {
            sendGate.Release();
        }
    }
}
