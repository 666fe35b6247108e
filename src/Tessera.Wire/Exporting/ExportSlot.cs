using System.Buffers;
using System.Diagnostics;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tracing;

namespace Tessera.Wire.Exporting;

/// <summary>One of a session's slots: the request that runs in it, or the reply to the last one, kept in case it comes again.</summary>
/// <remarks>The receiving loop hands a slot over by <see cref="Begin"/>; the thread that does the request hands it back by <see cref="Finish"/>.</remarks>
internal sealed class ExportSlot(Exporter exporter, StepExecutor steps) : IThreadPoolWorkItem
{
    private readonly Lock gate = new();
    private byte[]? request;
    private byte[]? reply;
    private int requestLength;
    private int replyBound;
    private int replyLength;
    private bool keepsReply;
    private bool isKept;
    private ulong buffer;
    private int sends;
    private volatile bool isRunning;

    /// <summary>Of the request in it, or the last one.</summary>
    public ulong Sequence { get; private set; }

    public bool IsRunning => isRunning;

    /// <summary>Takes a request that was checked.</summary>
    /// <param name="sequence">Of the request.</param>
    /// <param name="frame">Copied.</param>
    /// <param name="bound">Most bytes that its reply can have.</param>
    /// <param name="keepsReply">The request must not be done twice.</param>
    public void Begin(ulong sequence, ReadOnlySpan<byte> frame, int bound, bool keepsReply)
    {
        lock (gate)
        {
            DropReply();
            Sequence = sequence;
            request = ArrayPool<byte>.Shared.Rent(frame.Length);
            frame.CopyTo(request);
            requestLength = frame.Length;
            replyBound = bound;
            this.keepsReply = keepsReply;
            isRunning = true;
        }
    }

    public void Execute() => _ = exporter.RunAsync(this);

    /// <summary>Does the steps until one fails.</summary>
    public async ValueTask DoAsync(ExportPolicy policy, Action<Exception> onFault)
    {
        ReadOnlyMemory<byte> frame = request.AsMemory(0, requestLength);
        _ = FrameHeader.TryRead(frame.Span, out FrameHeader header);
        _ = RequestBody.TryRead(frame.Span, mayTrace: true, out RequestBody body); // It was checked when it came.
        using Activity? span = body.Trace.IsNone ? null : WireSpans.StartServed(body.Trace);
        reply = ArrayPool<byte>.Shared.Rent(replyBound);
        Caller caller = policy.CallerOf(body);
        int position = body.StepsAt;
        int length = FrameHeader.Size;
        int done = 0;
        FsError error = FsError.None;
        while (done < header.Steps && error == FsError.None)
        {
            _ = steps.TryTake(frame, ref position, isFirst: done == 0);
            if (span is not null)
            {
                WireSpans.Name(span, steps.Operation);
            }

            (error, int written) = await DoStepAsync(caller, reply.AsMemory(length), onFault).ConfigureAwait(false);
            length += written;
            done++;
        }

        if (span is not null)
        {
            WireSpans.Mark(span, error);
        }

        new FrameHeader(length, FrameType.Reply, done, header.Id).Write(reply);
        replyLength = length;
    }

    /// <summary>The request is done: what is to be sent. The importer may use the slot again as soon as it has that.</summary>
    public OutgoingReply Finish()
    {
        lock (gate)
        {
            ArrayPool<byte>.Shared.Return(request!);
            request = null;
            isKept = keepsReply;
            sends = 1;
            isRunning = false;
            return new OutgoingReply(reply.AsMemory(0, replyLength), buffer);
        }
    }

    /// <summary>The reply to the last request, to be sent once more; false: the request is to be done again.</summary>
    public bool TryResend(out OutgoingReply kept)
    {
        lock (gate)
        {
            kept = isKept ? new OutgoingReply(reply.AsMemory(0, replyLength), buffer) : default;
            sends += isKept ? 1 : 0;
            return isKept;
        }
    }

    /// <summary>A connection has done with a reply: the only one that was sending it, or one of two, the older being lost.</summary>
    public void Sent(OutgoingReply done)
    {
        lock (gate)
        {
            if (done.Buffer == buffer && --sends == 0 && !isKept && !isRunning)
            {
                DropReply();
            }
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            DropReply();
        }
    }

    /// <summary>A buffer that is still being sent is left to the collector: its bytes must not become another's.</summary>
    private void DropReply()
    {
        if (reply is not null && sends == 0)
        {
            ArrayPool<byte>.Shared.Return(reply);
        }

        reply = null;
        isKept = false;
        sends = 0;
        buffer++;
    }

    private async ValueTask<(FsError Error, int Length)> DoStepAsync(Caller caller, Memory<byte> result, Action<Exception> onFault)
    {
        try
        {
            return await steps.DoAsync(caller, result).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A fault of the file system fails its step and nothing else, as at every door.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            onFault(fault);
            return (FsError.IO, steps.Fail(result));
        }
    }
}
