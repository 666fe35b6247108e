using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Tessera.Host.Metering;

/// <summary>Counts and latency histograms for each of several calls. Recording takes no lock, allocates nothing and shares no cache line between processors.</summary>
/// <typeparam name="TCall">An enumeration over int: the calls from 0, in the order in which they are shown.</typeparam>
internal sealed class CallMeters<TCall>
    where TCall : struct, Enum
{
    private const int ErrorsAt = LatencyBuckets.Count;
    private const int BytesAt = ErrorsAt + 1;
    private const int NanosecondsAt = BytesAt + 1;

    /// <summary>Longs for one call, rounded up to whole cache lines.</summary>
    private const int Stride = (NanosecondsAt + 8) / 8 * 8;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;
    private static readonly TCall[] Calls = Enum.GetValues<TCall>();

    private readonly long[][] _stripes;

    public CallMeters()
    {
        _stripes = new long[Environment.ProcessorCount][];
        for (int i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new long[Calls.Length * Stride];
        }
    }

    /// <param name="call">What ended.</param>
    /// <param name="started">Stopwatch ticks at its start.</param>
    /// <param name="ok">Whether it succeeded.</param>
    /// <param name="bytes">Read or written.</param>
    public void Record(TCall call, long started, bool ok, int bytes = 0)
    {
        long nanoseconds = (long)((Stopwatch.GetTimestamp() - started) * NanosecondsPerTick);
        long[] stripe = _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];
        int at = Unsafe.As<TCall, int>(ref call) * Stride;
        Interlocked.Increment(ref stripe[at + LatencyBuckets.IndexOf(nanoseconds)]);
        Interlocked.Add(ref stripe[at + NanosecondsAt], nanoseconds);
        if (!ok)
        {
            Interlocked.Increment(ref stripe[at + ErrorsAt]);
        }

        if (bytes > 0)
        {
            Interlocked.Add(ref stripe[at + BytesAt], bytes);
        }
    }

    /// <summary>The calls that have happened at all. What ends meanwhile may be in a count and not yet in a sum.</summary>
    public IReadOnlyList<CallReading> Read() =>
        [.. Calls.Select(ReadingOf).Where(reading => reading.Count > 0)];

    /// <summary>Calls that have ended, but for one kind.</summary>
    public long CountWithout(TCall left)
    {
        long sum = 0;
        foreach (long[] stripe in _stripes)
        {
            for (int call = 0; call < Calls.Length; call++)
            {
                for (int i = 0; i < LatencyBuckets.Count && call != Unsafe.As<TCall, int>(ref left); i++)
                {
                    sum += Volatile.Read(ref stripe[(call * Stride) + i]);
                }
            }
        }

        return sum;
    }

    private CallReading ReadingOf(TCall call)
    {
        long[] sums = new long[Stride];
        foreach (long[] stripe in _stripes)
        {
            for (int i = 0; i < Stride; i++)
            {
                sums[i] += Volatile.Read(ref stripe[(Unsafe.As<TCall, int>(ref call) * Stride) + i]);
            }
        }

        return new CallReading(JsonNamingPolicy.SnakeCaseLower.ConvertName(call.ToString()), sums[ErrorsAt], sums[BytesAt], sums[NanosecondsAt])
        {
            Buckets = [.. sums.AsSpan(0, LatencyBuckets.Count).TrimEnd(0L)],
        };
    }
}
