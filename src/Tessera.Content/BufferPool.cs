using System.Collections.Concurrent;

namespace Tessera.Content;

/// <summary>Large buffers of three sizes for reuse, pinned so that the collector never moves them.</summary>
/// <remarks>Each that is made anew counts towards a full collection, so what a stream of writes uses again and again is kept; <see cref="Trim"/> lets go of it when
/// the stream has ended.</remarks>
/// <param name="maxFreeBytes">Most bytes kept for reuse.</param>
public sealed class BufferPool(long maxFreeBytes = ContentLimits.MaxFreeBufferBytes)
{
    private readonly ConcurrentQueue<byte[]>[] free = [new(), new(), new()];
    private long freeBytes;

    /// <summary>The smallest of the three sizes that holds <paramref name="length"/> bytes.</summary>
    public static int SizeFor(int length) =>
        length <= ContentLimits.SmallSegment ? ContentLimits.SmallSegment
        : length <= ContentLimits.MiddleSegment ? ContentLimits.MiddleSegment
        : ContentLimits.MaxSegment;

    /// <summary>A buffer of exactly <paramref name="size"/> bytes, which is one of the three sizes. Its contents are anything.</summary>
    public byte[] Rent(int size)
    {
        if (QueueFor(size).TryDequeue(out byte[]? buffer))
        {
            Interlocked.Add(ref freeBytes, -size);
            return buffer;
        }

        return GC.AllocateUninitializedArray<byte>(size, pinned: true);
    }

    public void Return(byte[] buffer)
    {
        if (Interlocked.Add(ref freeBytes, buffer.Length) <= maxFreeBytes)
        {
            QueueFor(buffer.Length).Enqueue(buffer);
            return;
        }

        Interlocked.Add(ref freeBytes, -buffer.Length);
    }

    /// <summary>Gives free buffers beyond <see cref="ContentLimits.MaxFreeBufferBytes"/> to the collector.</summary>
    public void Trim()
    {
        while (Interlocked.Read(ref freeBytes) > ContentLimits.MaxFreeBufferBytes && free[^1].TryDequeue(out byte[]? buffer))
        {
            Interlocked.Add(ref freeBytes, -buffer.Length);
        }
    }

    private ConcurrentQueue<byte[]> QueueFor(int size) => size switch
    {
        ContentLimits.SmallSegment => free[0],
        ContentLimits.MiddleSegment => free[1],
        ContentLimits.MaxSegment => free[2],
        _ => throw new ArgumentOutOfRangeException(nameof(size), size, "Not one of the pool's sizes."),
    };
}
