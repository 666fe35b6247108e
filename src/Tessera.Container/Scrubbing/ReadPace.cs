using System.Diagnostics;
using Tessera.Core;

namespace Tessera.Container.Scrubbing;

/// <summary>Bounds how fast is read, counts it and tells how far it is. Used by one thread.</summary>
internal sealed class ReadPace(ScrubOptions options, long expectedBytes)
{
    /// <summary>Credit for time in which nothing was read: no more than this, or a pause would be followed by a burst.</summary>
    private const double MaxCreditSeconds = 0.1;
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);
    private long last = Stopwatch.GetTimestamp();
    private long told = Stopwatch.GetTimestamp();
    private double ahead;

    public long Bytes { get; private set; }

    public long ExpectedBytes => expectedBytes;

    /// <summary>Notes bytes that were read, and waits as long as they were too early.</summary>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public void Add(long bytes, long findings)
    {
        Bytes += bytes;
        options.Cancellation.ThrowIfCancellationRequested();
        if (options.BytesPerSecond > 0)
        {
            long now = Stopwatch.GetTimestamp();
            ahead = Math.Max(-MaxCreditSeconds, ahead - Stopwatch.GetElapsedTime(last, now).TotalSeconds) + (bytes / (double)options.BytesPerSecond);
            last = now;
            Wait();
        }

        if (Stopwatch.GetElapsedTime(told) >= TellEvery)
        {
            Tell(findings);
        }
    }

    public void Tell(long findings)
    {
        told = Stopwatch.GetTimestamp();
        options.Progress?.Invoke(new ScrubProgress(Bytes, Math.Max(Bytes, expectedBytes), findings));
    }

    private void Wait()
    {
        if (ahead <= 0)
        {
            return;
        }

        Blocking.Announce();
        options.Cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(ahead));
        options.Cancellation.ThrowIfCancellationRequested();
    }
}
