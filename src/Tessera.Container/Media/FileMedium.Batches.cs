using System.Collections.Concurrent;
using Tessera.Core;

namespace Tessera.Container.Media;

/// <summary>Reading many pieces at once.</summary>
public sealed partial class FileMedium
{
    /// <summary>As many threads as read at once on a large host; the kernel has 65,536 places for all of a machine's queues.</summary>
    private const int QueuesKept = 16;
    private readonly ConcurrentQueue<ReadQueue> queues = new();
    private volatile bool hasNoQueues;

    /// <summary>Past the page cache, and from memory that is aligned for it, by as few system calls as there can be; else one by one.</summary>
    public unsafe void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        int each = buffer.Length / Math.Max(1, offsets.Length);
        long all = each;
        foreach (long offset in offsets)
        {
            ThrowIfOutside(offset, each, "read");
            all |= offset;
        }

        Blocking.Announce();
        fixed (byte* start = buffer)
        {
            bool fits = direct is not null && offsets.Length > 1 && IsAligned(all, Alignment) && IsAligned((long)start | (uint)each, memoryAlignment);
            for (int done = 0; done < offsets.Length; done += ReadQueue.Capacity)
            {
                ReadOnlySpan<long> part = offsets.Slice(done, Math.Min(ReadQueue.Capacity, offsets.Length - done));
                ulong whole = fits ? ReadQueued(part, start + ((long)done * each), each) : 0;
                for (int i = 0; i < part.Length; i++)
                {
                    if ((whole >> i & 1) == 0)
                    {
                        // Once more: what is wrong with it is told then.
                        Read(part[i], buffer.Slice((done + i) * each, each));
                    }
                }
            }
        }
    }

    /// <returns>A bit for each that was read.</returns>
    private unsafe ulong ReadQueued(ReadOnlySpan<long> offsets, byte* start, int each)
    {
        if (!queues.TryDequeue(out ReadQueue? queue) && !hasNoQueues)
        {
            queue = ReadQueue.TryCreate();
            hasNoQueues = queue is null;
        }

        if (queue is null)
        {
            return 0;
        }

        ulong whole = queue.Read(direct!, offsets, start, each);
        if (queues.Count < QueuesKept)
        {
            queues.Enqueue(queue);
        }
        else
        {
            queue.Dispose();
        }

        return whole;
    }

    private void DisposeQueues()
    {
        while (queues.TryDequeue(out ReadQueue? queue))
        {
            queue.Dispose();
        }
    }
}
