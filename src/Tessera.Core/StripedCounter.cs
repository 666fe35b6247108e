using System.Numerics;

namespace Tessera.Core;

/// <summary>A count that many threads add to at once: a cell for each processor, on cache lines of its own. Adding takes no lock and allocates nothing.</summary>
public sealed class StripedCounter
{
    /// <summary>Processors fetch lines in pairs: two of them between cells.</summary>
    private const int Stride = 128 / sizeof(long);

    private readonly long[] cells;
    private readonly int mask;

    public StripedCounter()
    {
        int stripes = (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount);
        mask = stripes - 1;
        cells = new long[(stripes + 1) * Stride]; // The first pair of lines holds the array's own length, which every bounds check reads.
    }

    /// <summary>The sum. Additions that run meanwhile may be in it or not; none is ever lost.</summary>
    public long Value
    {
        get
        {
            long sum = 0;
            for (int i = 0; i <= mask; i++)
            {
                sum += Volatile.Read(ref Cell(i));
            }

            return sum;
        }
    }

    public void Add(long amount) => Interlocked.Add(ref Cell(Thread.GetCurrentProcessorId() & mask), amount);

    public void Increment() => Add(1);

    private ref long Cell(int stripe) => ref cells[(stripe + 1) * Stride];
}
