using System.Buffers;
using System.Globalization;
using Tessera.Container;
using Tessera.Core.Stores;
using Tessera.Host.Logging;
using Tessera.Volumes.Accesses;

namespace Tessera.Host.Auditing;

/// <summary>Puts records into the access log of the volume that they tell of. Nobody waits for them but who makes them faster than they can be written; they are written within
/// <see cref="AuditLimits.GatherFor"/>, and before a file is made durable.</summary>
/// <remarks>While the volume has no room, or takes no changes, what is done is done nevertheless: who could not delete could not make room. Records that find none are counted, and the
/// log has a record of that in their place.</remarks>
internal sealed class VolumeAudit : IAuditSink, IAsyncDisposable
{
    private readonly AccessLogWriter writer;
    private readonly EventLog log;
    private readonly TimeProvider time;
    private readonly AuditEncoder encoder = new();
    private readonly ArrayBufferWriter<byte> line = new();
    private readonly Lock gate = new();
    private readonly Queue<SegmentBuffer> full = new();
    private readonly SemaphoreSlim work = new(0, 1);
    private readonly SemaphoreSlim hurry = new(0, 1);
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly CancellationTokenSource closing = new();
    private readonly Task gathering;
    private SegmentBuffer filling = new();
    private SegmentBuffer? held;
    private SegmentBuffer? spare;
    private TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isFailing;
    private long lost;

    private VolumeAudit(AccessLogWriter writer, EventLog log, TimeProvider time)
    {
        this.writer = writer;
        this.log = log;
        this.time = time;
        gathering = GatherAsync();
    }

    /// <summary>The file system goes on whatever becomes of the log.</summary>
    public bool IsRefusing => false;

    /// <summary>Records that are not in the log, and that it does not tell of yet.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Number of the newest record written; 0: there is none.</summary>
    public ulong Records => writer.Head.NextRecord - 1;

    /// <summary>What is to be noted elsewhere beside <see cref="Records"/>, so that the log cannot be written anew up to there unseen.</summary>
    private string Hash => Convert.ToHexStringLower(writer.Head.Last.Span);

    /// <summary>Goes on with the log of a volume, or begins one: its first record says that the volume was mounted, and before that what is known of times without records.</summary>
    /// <exception cref="StoreDamageException">The log is damaged.</exception>
    public static async Task<VolumeAudit> StartAsync(ContainerStore store, long maxBytes, EventLog log, TimeProvider time)
    {
        ulong epoch = store.Root.MountEpoch;
        AccessLogWriter opened = await AccessLogWriter.OpenAsync(store, maxBytes, epoch);
        AccessLogHead before = opened.Head;
        var audit = new VolumeAudit(opened, log, time);
        if (before.IsOpen)
        {
            await audit.WriteAsync(new AuditRecord("gap") { Reason = "The log was not ended: the last records before this may be missing." });
        }

        ulong others = before.NextRecord > 1 && epoch > before.Epoch ? epoch - before.Epoch - 1 : 0;
        if (others > 0)
        {
            await audit.WriteAsync(new AuditRecord("gap") { Reason = string.Create(CultureInfo.InvariantCulture, $"The volume was opened for writing {others} times without records.") });
        }

        await audit.WriteAsync(new AuditRecord("mount") { Detail = string.Create(CultureInfo.InvariantCulture, $"opening {epoch}") });
        await audit.FlushAsync(last: false);
        log.Info("audit", ("record", audit.Records), ("hash", audit.Hash), ("bytes", opened.Head.Bytes));
        return audit;
    }

    public async ValueTask<bool> WriteAsync(AuditRecord record)
    {
        while (true)
        {
            Task waited;
            lock (gate)
            {
                if (TryAdd(record))
                {
                    return true;
                }

                if (isFailing)
                {
                    Interlocked.Increment(ref lost);
                    return true;
                }

                waited = room.Task;
            }

            await waited.ConfigureAwait(false);
        }
    }

    public async ValueTask SettleAsync()
    {
        bool isEmpty;
        lock (gate)
        {
            isEmpty = filling.Count == 0 && full.Count == 0 && held is null;
        }

        if (!isEmpty && !isFailing)
        {
            await FlushAsync(last: false).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the log with a record that the volume was unmounted.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await gathering;
        await FlushAsync(last: false); // Nobody else makes room any more.
        await WriteAsync(new AuditRecord("unmount"));
        await FlushAsync(last: true);
        if (isFailing)
        {
            log.Error("audit_lost", ("records", Lost + Waiting()), ("message", "They could not be written before the volume was closed."));
        }
        else
        {
            log.Info("audit", ("record", Records), ("hash", Hash), ("bytes", writer.Head.Bytes));
        }

        encoder.Dispose();
        work.Dispose();
        hurry.Dispose();
        writing.Dispose();
        closing.Dispose();
    }

    /// <summary>Writes what there is, as far as the volume takes it.</summary>
    /// <param name="last">The log ends with it.</param>
    public async Task FlushAsync(bool last)
    {
        await writing.WaitAsync().ConfigureAwait(false);
        try
        {
            while (Take() is { } segment && await WriteAsync(segment, last && !HasMore()).ConfigureAwait(false))
            {
                Release(segment);
            }
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task GatherAsync()
    {
        try
        {
            while (true)
            {
                await work.WaitAsync(closing.Token).ConfigureAwait(false);
                await hurry.WaitAsync(AuditLimits.GatherFor, closing.Token).ConfigureAwait(false);
                await FlushAsync(last: false).ConfigureAwait(false);
                if (isFailing)
                {
                    lock (gate)
                    {
                        Signal(work); // Tried again after a while.
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What is left is written by whoever closes.
        }
    }

    /// <summary>The gate is held.</summary>
    private bool TryAdd(in AuditRecord record)
    {
        Encode(record);
        if (!filling.TryAdd(line.WrittenSpan))
        {
            if (full.Count == AuditLimits.MaxPendingSegments)
            {
                return false;
            }

            full.Enqueue(filling);
            filling = spare ?? new SegmentBuffer();
            spare = null;
            _ = filling.TryAdd(line.WrittenSpan); // An empty one takes any line.
            if (!isFailing)
            {
                Signal(hurry);
            }
        }

        Signal(work);
        return true;
    }

    /// <summary>The line of a record; of one whose paths are longer than any program's, one without them.</summary>
    private void Encode(in AuditRecord record)
    {
        line.ResetWrittenCount();
        encoder.Encode(record, time.GetUtcNow(), line);
        if (line.WrittenCount > AccessLogLimits.MaxLine)
        {
            line.ResetWrittenCount();
            encoder.Encode(record with { Path = null, NewPath = null, Target = null, Detail = null, Reason = "The names are too long for a record." }, time.GetUtcNow(), line);
        }
    }

    private SegmentBuffer? Take()
    {
        lock (gate)
        {
            if (held is not null || full.TryDequeue(out held))
            {
                return held;
            }

            if (filling.Count > 0)
            {
                held = filling;
                filling = spare ?? new SegmentBuffer();
                spare = null;
            }

            return held;
        }
    }

    private bool HasMore()
    {
        lock (gate)
        {
            return full.Count > 0 || filling.Count > 0;
        }
    }

    /// <summary>It is written: there is room for another.</summary>
    private void Release(SegmentBuffer segment)
    {
        lock (gate)
        {
            segment.Clear();
            held = null;
            spare = segment;
            room.TrySetResult();
            room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (isFailing)
            {
                isFailing = false;
                Resume();
            }
        }
    }

    /// <summary>Says where records are missing: after those that were kept, before those that come now.</summary>
    private void Resume()
    {
        long missing = Interlocked.Exchange(ref lost, 0);
        log.Info("audit_resumed", ("lost", missing));
        if (missing > 0 && !TryAdd(new AuditRecord("gap") { Unwritten = missing, Reason = "The volume took no records." }))
        {
            Interlocked.Add(ref lost, missing); // Told when there is room.
            isFailing = true;
        }
    }

    private async ValueTask<bool> WriteAsync(SegmentBuffer segment, bool last)
    {
        string why;
        try
        {
            CommitResult result = await writer.AppendAsync(segment.Lines, segment.Count, last).ConfigureAwait(false);
            if (result.Status == CommitStatus.Committed)
            {
                return true;
            }

            why = result.Status == CommitStatus.NoSpace ? "The volume is full" : result.Status == CommitStatus.ReadOnly ? "The volume takes no changes" : "Something else writes the log";
        }
        catch (IOException fault)
        {
            why = fault.Message;
        }

        lock (gate)
        {
            if (!isFailing)
            {
                isFailing = true;
                log.Warning("audit_failing", ("message", $"{why}: records are kept while there is room for them, and then counted."));
                room.TrySetResult(); // Who waits for room waits no more.
                room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        return false;
    }

    private int Waiting()
    {
        lock (gate)
        {
            return (held?.Count ?? 0) + full.Sum(segment => segment.Count) + filling.Count;
        }
    }

    /// <summary>One signal is as good as many. The gate is held.</summary>
    private static void Signal(SemaphoreSlim semaphore)
    {
        if (semaphore.CurrentCount == 0)
        {
            semaphore.Release();
        }
    }
}
