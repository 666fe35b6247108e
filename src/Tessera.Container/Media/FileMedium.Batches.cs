using System.Collections.Concurrent;
using Tessera.Container.Media.Native;
using Tessera.Core;

namespace Tessera.Container.Media;

/// <summary>Reading and writing many pieces at once: past the page cache, from memory that is aligned for it, by as few system calls as there can be; else one by one.</summary>
public sealed partial class FileMedium
{
    /// <summary>As many threads as read or write at once on a large host; the kernel has 65,536 places for all of a machine's queues.</summary>
    private const int QueuesKept = 16;
    private readonly ConcurrentQueue<PieceQueue> queues = new();
    private volatile bool hasNoQueues;

    public unsafe void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        int each = buffer.Length / Math.Max(1, offsets.Length);
        bool fits = Fits(offsets, each, "read");
        Blocking.Announce();
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < offsets.Length; done += PieceQueue.Capacity)
            {
                ReadOnlySpan<long> part = PartOf(offsets, done);
                ulong whole = fits ? RunQueued(PieceOperation.Read, part, start + ((long)done * each), each) : 0;
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

    public unsafe void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        ThrowIfReadOnly();
        int each = data.Length / Math.Max(1, offsets.Length);
        bool fits = mode == WriteMode.Direct && Fits(offsets, each, "write");
        Blocking.Announce();
        fixed (byte* start = data)
        {
            for (int done = 0; done < offsets.Length; done += PieceQueue.Capacity)
            {
                ReadOnlySpan<long> part = PartOf(offsets, done);
                ulong whole = fits ? RunQueued(PieceOperation.Write, part, start + ((long)done * each), each) : 0;
                for (int i = 0; i < part.Length; i++)
                {
                    if ((whole >> i & 1) == 0)
                    {
                        Write(part[i], data.Slice((done + i) * each, each), mode); // Once more, as above.
                    }
                }
            }
        }
    }

    private static ReadOnlySpan<long> PartOf(ReadOnlySpan<long> offsets, int from) => offsets.Slice(from, Math.Min(PieceQueue.Capacity, offsets.Length - from));

    /// <summary>Whether pieces of this length may go past the page cache together.</summary>
    /// <exception cref="MediumException">One lies outside.</exception>
    private bool Fits(ReadOnlySpan<long> offsets, int each, string attempt)
    {
        long all = each;
        foreach (long offset in offsets)
        {
            ThrowIfOutside(offset, each, attempt);
            all |= offset;
        }

        return direct is not null && offsets.Length > 1 && IsAligned(all, Alignment);
    }

    /// <returns>A bit for each that was read or written.</returns>
    private unsafe ulong RunQueued(PieceOperation operation, ReadOnlySpan<long> offsets, byte* start, int each)
    {
        PieceQueue? queue = null;
        if (IsAligned((long)start | (uint)each, memoryAlignment) && !queues.TryDequeue(out queue) && !hasNoQueues)
        {
            queue = PieceQueue.TryCreate();
            hasNoQueues = queue is null;
        }

        if (queue is null)
        {
            return 0;
        }

        ulong whole = queue.Run(operation, direct!, offsets, start, each);
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
        while (queues.TryDequeue(out PieceQueue? queue))
        {
            queue.Dispose();
        }
    }
}
