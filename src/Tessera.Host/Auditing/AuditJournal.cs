using System.Buffers;
using Tessera.Host.Logging;
using Tessera.Host.Native;

namespace Tessera.Host.Auditing;

/// <summary>Puts lines into the audit file. Who asks for a line waits until the operating system has it; lines that come meanwhile go out together.</summary>
/// <remarks>While the file cannot be written <see cref="IsFailing"/> says so, and nothing that would need a line is to be done. Lines that were asked for before
/// are kept, and written when the file takes them.</remarks>
internal sealed class AuditJournal : IAuditSink, IDisposable
{
    private readonly AuditFile file;
    private readonly EventLog log;
    private readonly TimeProvider time;
    private readonly AuditEncoder encoder = new();
    private readonly Lock gate = new();
    private readonly AutoResetEvent work = new(initialState: false);
    private readonly ManualResetEventSlim closing = new();
    private readonly Thread writer;
    private AuditBatch filling = new();
    private volatile bool isFailing;
    private long lines;
    private long lost;

    /// <param name="file">Owned from now on.</param>
    /// <param name="log">Told when the file fails, and when it takes lines again.</param>
    /// <param name="time">For the lines.</param>
    public AuditJournal(AuditFile file, EventLog log, TimeProvider time)
    {
        this.file = file;
        this.log = log;
        this.time = time;
        writer = new Thread(WriteAll) { IsBackground = true, Name = "audit" };
        writer.Start();
    }

    /// <summary>The file took no lines when it was last tried.</summary>
    public bool IsFailing => isFailing;

    bool IAuditSink.IsRefusing => isFailing;

    /// <summary>Lines written.</summary>
    public long Lines => Interlocked.Read(ref lines);

    /// <summary>Lines that are in no file: they came while it could not be written, and there was no more room to keep them.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Writes a line.</summary>
    /// <returns>True: the operating system has it. False: the file cannot be written.</returns>
    public async ValueTask<bool> WriteAsync(AuditRecord record)
    {
        while (true)
        {
            if (TryAdd(record, out Task<bool> written))
            {
                return await written.ConfigureAwait(false);
            }

            await written.ConfigureAwait(false); // Then there is room again.
        }
    }

    ValueTask IAuditSink.SettleAsync() => default; // Who asked for a line waited for it.

    /// <summary>Writes what it has, as far as the file takes it.</summary>
    public void Dispose()
    {
        closing.Set();
        work.Set();
        writer.Join();
        file.Dispose();
        encoder.Dispose();
        work.Dispose();
        closing.Dispose();
    }

    /// <param name="record">What the line is to say.</param>
    /// <param name="written">Of the lines that the record is among, or that are before it.</param>
    /// <returns>False: there is no room.</returns>
    private bool TryAdd(in AuditRecord record, out Task<bool> written)
    {
        lock (gate)
        {
            written = filling.Written.Task;
            bool hasRoom = filling.Lines.WrittenCount < AuditLimits.MaxPending;
            if (hasRoom)
            {
                encoder.Encode(record, time.GetUtcNow(), filling.Lines);
                filling.Count++;
                work.Set();
            }
            else if (isFailing)
            {
                Interlocked.Increment(ref lost);
            }

            written = isFailing ? Task.FromResult(false) : written;
            return hasRoom || isFailing;
        }
    }

    private void WriteAll()
    {
        var spare = new AuditBatch();
        while (true)
        {
            work.WaitOne();
            AuditBatch batch;
            lock (gate)
            {
                batch = filling;
                filling = spare;
            }

            bool isWritten = Write(batch);
            Interlocked.Add(ref isWritten ? ref lines : ref lost, batch.Count);
            batch.Written.TrySetResult(isWritten);
            batch.Clear();
            spare = batch;
            if (closing.IsSet && IsEmpty())
            {
                return;
            }
        }
    }

    /// <summary>Tries until the file takes the lines.</summary>
    /// <returns>False: it does not, and the journal closes.</returns>
    private bool Write(AuditBatch batch)
    {
        int done = 0;
        while (batch.Count > 0)
        {
            int error = file.Append(batch.Lines.WrittenSpan, ref done);
            if (error == 0)
            {
                break;
            }

            Fail(batch, error);
            if (closing.Wait(AuditLimits.RetryEvery))
            {
                log.Error("audit_lost", ("lines", batch.Count), ("message", Libc.Describe(error)));
                return false;
            }
        }

        if (isFailing)
        {
            Resume();
        }

        return true;
    }

    /// <summary>Those who wait are told; from here on nobody begins to wait.</summary>
    private void Fail(AuditBatch batch, int error)
    {
        lock (gate)
        {
            if (!isFailing)
            {
                isFailing = true;
                log.Warning("audit_failing", ("message", $"{Libc.Describe(error)}. Operations that would be audited are refused until the file can be written."));
            }

            batch.Written.TrySetResult(false);
            filling.Written.TrySetResult(false);
        }
    }

    private void Resume()
    {
        lock (gate)
        {
            isFailing = false;
            filling.WaitAgain();
            log.Info("audit_resumed", ("lost", Lost));
        }
    }

    private bool IsEmpty()
    {
        lock (gate)
        {
            return filling.Count == 0;
        }
    }
}
