using System.Collections.Concurrent;
using Tessera.Container.Media.Native;
using Tessera.Core;

namespace Tessera.Container.Media;

/// <summary>Reads and writes many pieces at once: past the page cache, from memory that is aligned for it, by as few system calls as there can be; else one by one. Any thread calls.</summary>
/// <param name="owner">Whose pieces they are.</param>
internal sealed unsafe class PieceQueues(IPieceOwner owner) : IDisposable
{
    /// <summary>As many threads as read or write at once on a large host; the kernel has 65,536 places for all of a machine's queues.</summary>
    private const int QueuesKept = 16;
    private readonly ConcurrentQueue<PieceQueue> queues = new();
    private volatile bool hasNone;

    /// <param name="operation">Which of the two.</param>
    /// <param name="offsets">Where the pieces begin in the medium, bytes.</param>
    /// <param name="start">Their memory, which stays where it is; they follow each other in it.</param>
    /// <param name="each">Length of each, bytes.</param>
    /// <param name="mode">Of writing; <see cref="WriteMode.Direct"/> to read.</param>
    /// <exception cref="MediumException">One was not read or written.</exception>
    public void Run(PieceOperation operation, ReadOnlySpan<long> offsets, byte* start, int each, WriteMode mode)
    {
        bool together = offsets.Length > 1 && mode == WriteMode.Direct;
        if (together)
        {
            Blocking.Announce();
        }

        for (int done = 0; done < offsets.Length; done += PieceQueue.Capacity)
        {
            ReadOnlySpan<long> part = offsets.Slice(done, Math.Min(PieceQueue.Capacity, offsets.Length - done));
            byte* first = start + ((long)done * each);
            ulong whole = together ? RunTogether(operation, part, first, each) : 0;
            for (int i = 0; i < part.Length; i++)
            {
                if ((whole >> i & 1) == 0)
                {
                    // Once more: what is wrong with it is told then.
                    owner.Transfer(operation, part[i], new Span<byte>(first + ((long)i * each), each), mode);
                }
            }
        }
    }

    public void Dispose()
    {
        while (queues.TryDequeue(out PieceQueue? queue))
        {
            queue.Dispose();
        }
    }

    /// <returns>A bit for each that was read or written.</returns>
    private ulong RunTogether(PieceOperation operation, ReadOnlySpan<long> offsets, byte* start, int each)
    {
        if (Rent() is not { } queue)
        {
            return 0;
        }

        try
        {
            for (int i = 0; i < offsets.Length; i++)
            {
                byte* memory = start + ((long)i * each);
                FilePiece place = owner.Locate(operation, offsets[i], each);
                if (place.File is { } file && ((long)memory & (place.MemoryAlignment - 1)) == 0)
                {
                    queue.Add(operation, i, file, place.Offset, new Span<byte>(memory, each));
                }
            }

            return queue.Run();
        }
        finally
        {
            Return(queue);
        }
    }

    private PieceQueue? Rent()
    {
        if (!queues.TryDequeue(out PieceQueue? queue) && !hasNone)
        {
            queue = PieceQueue.TryCreate();
            hasNone = queue is null;
        }

        return queue;
    }

    private void Return(PieceQueue queue)
    {
        queue.Clear();
        if (queues.Count < QueuesKept)
        {
            queues.Enqueue(queue);
        }
        else
        {
            queue.Dispose();
        }
    }
}
