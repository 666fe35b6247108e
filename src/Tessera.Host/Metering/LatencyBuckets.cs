using System.Numerics;

namespace Tessera.Host.Metering;

/// <summary>Buckets of a latency histogram: eight to each doubling, so a value read back is at most 12.5 % too high.</summary>
internal static class LatencyBuckets
{
    private const int SubBits = 3;
    private const int Sub = 1 << SubBits;

    /// <summary>The last bucket begins at 2⁴⁰ ns, 18 minutes.</summary>
    private const int LargestPower = 40;

    public const int Count = ((LargestPower - SubBits + 1) * Sub) + 1;

    public static int IndexOf(long nanoseconds)
    {
        ulong value = (ulong)Math.Max(nanoseconds, 0);
        if (value < Sub)
        {
            return (int)value;
        }

        int power = BitOperations.Log2(value);
        int index = ((power - SubBits + 1) * Sub) + (int)((value >> (power - SubBits)) & (Sub - 1));
        return Math.Min(index, Count - 1);
    }

    /// <summary>The largest value that falls into a bucket, ns.</summary>
    public static long UpperBound(int index)
    {
        if (index < Sub)
        {
            return index;
        }

        int power = (index / Sub) + SubBits - 1;
        long lower = (1L << power) + ((long)(index % Sub) << (power - SubBits));
        return lower + (1L << (power - SubBits)) - 1;
    }
}
