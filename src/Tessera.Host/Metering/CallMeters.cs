using System.Diagnostics;
using System.Text.Json;

namespace Tessera.Host.Metering;

/// <summary>Counts and latency histograms for each operation. Recording takes no lock, allocates nothing and shares no cache line between processors.</summary>
internal sealed class OperationMeters
{
    private const int ErrorsAt = LatencyBuckets.Count;
    private const int BytesAt = ErrorsAt + 1;
    private const int NanosecondsAt = BytesAt + 1;

    /// <summary>Longs for one operation, rounded up to whole cache lines.</summary>
    private const int Stride = (NanosecondsAt + 8) / 8 * 8;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;
    private static readonly Operation[] Operations = Enum.GetValues<Operation>();

    private readonly long[][] _stripes;

    public OperationMeters()
    {
        _stripes = new long[Environment.ProcessorCount][];
        for (int i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new long[Operations.Length * Stride];
        }
    }

    /// <param name="operation">What ended.</param>
    /// <param name="started">Stopwatch ticks at its start.</param>
    /// <param name="ok">Whether it succeeded.</param>
    /// <param name="bytes">Read or written.</param>
    public void Record(Operation operation, long started, bool ok, int bytes = 0)
    {
        long nanoseconds = (long)((Stopwatch.GetTimestamp() - started) * NanosecondsPerTick);
        long[] stripe = _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];
        int at = (int)operation * Stride;
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

    /// <summary>The operations that have happened at all. Calls that end meanwhile may be in a count and not yet in a sum.</summary>
    public IReadOnlyList<OperationFigures> Read() =>
        [.. Operations.Select(FiguresOf).Where(figures => figures.Count > 0)];

    private OperationFigures FiguresOf(Operation operation)
    {
        Span<long> sums = stackalloc long[Stride];
        sums.Clear();
        foreach (long[] stripe in _stripes)
        {
            for (int i = 0; i < Stride; i++)
            {
                sums[i] += Volatile.Read(ref stripe[((int)operation * Stride) + i]);
            }
        }

        ReadOnlySpan<long> buckets = sums[..LatencyBuckets.Count];
        long count = 0;
        foreach (long bucket in buckets)
        {
            count += bucket;
        }

        return new OperationFigures(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(operation.ToString()),
            count,
            sums[ErrorsAt],
            sums[BytesAt],
            count == 0 ? 0 : Microseconds(sums[NanosecondsAt] / count),
            Quantile(buckets, count, 0.50),
            Quantile(buckets, count, 0.99),
            Quantile(buckets, count, 1.0));
    }

    private static double Quantile(ReadOnlySpan<long> buckets, long count, double share)
    {
        long rank = (long)Math.Ceiling(count * share);
        for (int i = 0; i < buckets.Length && rank > 0; i++)
        {
            rank -= buckets[i];
            if (rank <= 0)
            {
                return Microseconds(LatencyBuckets.UpperBound(i));
            }
        }

        return 0;
    }

    private static double Microseconds(long nanoseconds) => nanoseconds / 1000.0;
}
