using System.Collections.Concurrent;

namespace Tessera.Content;

/// <summary>Keeps scratch areas for reuse.</summary>
public sealed class ScratchPool
{
    /// <summary>Most kept: as many as operations that commonly run at once; a rush makes more and lets them go.</summary>
    private const int MaxKept = 64;
    private readonly ConcurrentQueue<StoreScratch> free = new();
    private int kept;

    public StoreScratch Rent()
    {
        if (free.TryDequeue(out StoreScratch? scratch))
        {
            Interlocked.Decrement(ref kept);
            scratch.Batch.Reset();
            return scratch;
        }

        return new StoreScratch();
    }

    public void Return(StoreScratch scratch)
    {
        if (Interlocked.Increment(ref kept) <= MaxKept)
        {
            free.Enqueue(scratch);
            return;
        }

        Interlocked.Decrement(ref kept);
    }
}
