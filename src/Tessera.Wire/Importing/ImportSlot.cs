using System.Buffers;
using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tracing;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Importing;

/// <summary>One of a session's slots: the request in it, kept until its reply has come, and what the reply gave.</summary>
/// <remarks>One operation owns it from <see cref="Begin"/> to its release. The receiving loop writes results under <see cref="gate"/>, so that a session that
/// ends meanwhile takes the operation's buffers back in one moment.</remarks>
internal sealed partial class ImportSlot(int number, KnownInodes inodes) : IValueTaskSource<FsError>
{
    private const int FirstCapacity = 512;

    private readonly Lock gate = new();
    private readonly OpCode[] operations = new OpCode[WireLimits.MaxSteps];
    private ManualResetValueTaskSourceCore<FsError> source;
    private readonly byte[] small = new byte[FirstCapacity];
    private byte[] request = [];
    private int length;
    private int steps;
    private bool isWaiting;
    private ulong sequence;
    private IFrameTransport? sentOver;
    private long sentAt;

    /// <summary>Of the first step that gave some.</summary>
    public InodeAttributes Attributes { get; private set; }

    /// <summary>Of the last step that gave some.</summary>
    public InodeAttributes LastAttributes { get; private set; }

    public ulong Handle { get; private set; }

    /// <summary>Of the last step that gave one.</summary>
    public ulong Number { get; private set; }

    /// <summary>Of all steps, added up: bytes that a request's writes have written.</summary>
    public ulong Numbers { get; private set; }

    public FileSystemStatistics Statistics { get; private set; }

    /// <summary>Bytes that came for <see cref="Destination"/>.</summary>
    public int DataLength { get; private set; }

    /// <summary>Steps that succeeded.</summary>
    public int Succeeded { get; private set; }

    /// <summary>Where the bytes of a file or a value go; the exporter may not send more.</summary>
    public Memory<byte> Destination { get; set; }

    /// <summary>What a READDIR gave; the operation takes it away.</summary>
    public ListingChunk? Listing { get; set; }

    /// <summary>The request's; null: nothing of it is recorded.</summary>
    public Activity? Span { get; private set; }

    /// <summary>Begins the next request of this slot.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="span">Where it is recorded; the exporter is told.</param>
    public void Begin(in Caller caller, Activity? span)
    {
        Span = span;
        sequence++;
        steps = 0;
        request = small;
        var body = new RequestBody(caller.Uid, caller.Gid, caller.Umask) { Trace = span is null ? TraceContext.None : TraceContext.Of(span) };
        body.Write(request);
        length = body.StepsAt;
        (Attributes, LastAttributes, Handle, Number, Numbers, Statistics, DataLength, Succeeded) = (default, default, 0, 0, 0, default, 0, 0);
        Destination = default;
        Listing = null;
        (isAbandoned, isLeft, openedIno) = (false, false, 0);
        (waiter, changesNothing) = (caller, true);
    }

    public void Add(in Step step)
    {
        openedIno = step.Operation == OpCode.Open ? step.Ino : openedIno;
        int needed = length + StepCodec.Bound(step);
        if (needed > request.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(needed);
            request.AsSpan(0, length).CopyTo(larger);
            if (request.Length > FirstCapacity)
            {
                ArrayPool<byte>.Shared.Return(request);
            }

            request = larger;
        }

        operations[steps++] = step.Operation;
        changesNothing &= StepTable.Of(step.Operation).IsRepeatable || step.Operation is OpCode.Lookup or OpCode.Open or OpCode.ReadDirectory;
        if (Span is not null)
        {
            WireSpans.Name(Span, step.Operation);
        }

        length += StepCodec.Write(request.AsSpan(length), step);
    }

    /// <summary>The request as it goes out, now and whenever the connection is made anew.</summary>
    public void Seal()
    {
        new FrameHeader(length, FrameType.Request, steps, new RequestId(number, sequence).Encoded).Write(request);
        lock (gate)
        {
            source.Reset();
            sentOver = null;
            isWaiting = true;
            sealedAt = Environment.TickCount64;
        }
    }

    public ValueTask<FsError> Completion => new(this, source.Version);

    /// <summary>Whether the request is to go out over a connection: its reply has not come, and it has not gone out there before.</summary>
    public bool TryMarkSent(IFrameTransport connection, out ReadOnlyMemory<byte> frame)
    {
        lock (gate)
        {
            bool isDue = isWaiting && sentOver != connection;
            (sentOver, sentAt) = isDue ? (connection, Environment.TickCount64) : (sentOver, sentAt);
            frame = isDue ? request.AsMemory(0, length) : default;
            return isDue;
        }
    }

    /// <summary>Takes what a reply says. A reply that came before, over another connection, is passed over.</summary>
    /// <returns>False: the exporter says what it cannot.</returns>
    public bool TryAccept(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        FsError error = FsError.None;
        lock (gate)
        {
            if (!isWaiting || RequestId.Decode(header.Id).Sequence != sequence)
            {
                return RequestId.Decode(header.Id).Sequence <= sequence;
            }

            if (isAbandoned)
            {
                isWaiting = false;
                return TryDiscard(header.Steps, frame[FrameHeader.Size..]);
            }

            if (!TryReadSteps(header.Steps, frame[FrameHeader.Size..], ref error))
            {
                return false;
            }

            isWaiting = false;
        }

        source.SetResult(error);
        return true;
    }

    /// <summary>No reply will come.</summary>
    public void Fail(FsError error)
    {
        lock (gate)
        {
            if (!isWaiting)
            {
                return;
            }

            isWaiting = false;
            if (isAbandoned)
            {
                return; // Whoever waited was told before.
            }
        }

        source.SetResult(error);
    }

    /// <summary>The operation is done with it.</summary>
    /// <param name="mayRecycle">Nobody sends the request any more.</param>
    public void End(bool mayRecycle)
    {
        Destination = default;
        Listing = null;
        Span = null;
        if (request.Length > FirstCapacity && mayRecycle)
        {
            ArrayPool<byte>.Shared.Return(request);
        }

        request = request.Length > FirstCapacity ? small : request;
    }

    FsError IValueTaskSource<FsError>.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<FsError>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<FsError>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    private bool TryReadSteps(int done, ReadOnlySpan<byte> results, ref FsError error)
    {
        if (done == 0 || done > steps)
        {
            return false;
        }

        var reader = new WireReader(results);
        for (int i = 0; i < done; i++)
        {
            var operation = (OpCode)reader.UInt16();
            error = (FsError)reader.UInt16();
            ReadOnlySpan<byte> body = reader.Take((int)Math.Min(reader.UInt32(), int.MaxValue));
            bool isLast = i == done - 1;
            bool valid = !reader.HasFailed && operation == operations[i] && (error == FsError.None || (isLast && body.IsEmpty));
            if (!valid || (error == FsError.None && !TryReadResult(StepTable.Of(operation), body)))
            {
                return false;
            }

            Succeeded += error == FsError.None ? 1 : 0;
        }

        return reader.IsComplete && (done == steps || error != FsError.None);
    }

    private bool TryReadResult(StepShape shape, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        if (shape.Results.HasFlag(ResultFields.Attributes))
        {
            LastAttributes = AttributesCodec.Read(ref reader);
            if (LastAttributes.Ino == 0 || reader.HasFailed)
            {
                return false;
            }

            Attributes = Attributes.Ino == 0 ? LastAttributes : Attributes;
            if (shape.Tells)
            {
                inodes.Told(LastAttributes.Ino);
            }
        }

        if (shape.Results.HasFlag(ResultFields.Handle))
        {
            Handle = reader.UInt64();
            if (Handle is 0 or > StepTable.LastHandle)
            {
                return false;
            }
        }

        if (shape.Results.HasFlag(ResultFields.Number))
        {
            Number = reader.UInt64();
            Numbers += Number;
        }

        Statistics = shape.Results.HasFlag(ResultFields.Statistics) ? StatisticsCodec.Read(ref reader) : Statistics;
        bool fits = true;
        if (shape.Results.HasFlag(ResultFields.Data))
        {
            ReadOnlySpan<byte> data = reader.Rest();
            DataLength = data.Length;
            fits = data.TryCopyTo(Destination.Span);
        }

        if (shape.Results.HasFlag(ResultFields.Listing))
        {
            Listing = ListingChunk.Read(reader.Rest(), inodes);
            fits = Listing is not null;
        }

        return fits && reader.IsComplete;
    }
}
