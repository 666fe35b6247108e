using System.Numerics;

namespace Tessera.Testing.Simulation;

/// <summary>How many operations a simulated disk has been asked for, failed ones included, and how many bytes. Read it when the disk is idle.</summary>
public sealed class DiskCounters
{
    private readonly long[] operations = new long[BitOperations.Log2((uint)DiskOperations.Punch) + 1];
    private readonly long[] bytes = new long[BitOperations.Log2((uint)DiskOperations.Punch) + 1];

    /// <param name="kinds">One kind or several.</param>
    public long Operations(DiskOperations kinds) => Sum(operations, kinds);

    /// <param name="kinds">One kind or several.</param>
    public long Bytes(DiskOperations kinds) => Sum(bytes, kinds);

    public void Reset()
    {
        Array.Clear(operations);
        Array.Clear(bytes);
    }

    internal void Count(DiskOperations kind, long length)
    {
        operations[BitOperations.Log2((uint)kind)]++;
        bytes[BitOperations.Log2((uint)kind)] += length;
    }

    private static long Sum(long[] counts, DiskOperations kinds)
    {
        long sum = 0;
        for (int kind = 0; kind < counts.Length; kind++)
        {
            sum += ((int)kinds & (1 << kind)) != 0 ? counts[kind] : 0;
        }

        return sum;
    }
}
