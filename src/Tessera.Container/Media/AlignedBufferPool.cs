using System.Collections.Concurrent;

namespace Tessera.Container.Media;

/// <summary>Keeps aligned buffers of one size for reuse, at most <c>capacity</c> of them.</summary>
public sealed class AlignedBufferPool(int bufferLength, int capacity)
{
    private readonly ConcurrentQueue<AlignedBuffer> free = new();
    private int kept;

    public int BufferLength => bufferLength;

    public AlignedBuffer Rent()
    {
        if (free.TryDequeue(out AlignedBuffer? buffer))
        {
            Interlocked.Decrement(ref kept);
            return buffer;
        }

        return new AlignedBuffer(bufferLength);
    }

    public void Return(AlignedBuffer buffer)
    {
        if (Interlocked.Increment(ref kept) <= capacity)
        {
            free.Enqueue(buffer);
            return;
        }

        Interlocked.Decrement(ref kept);
    }
}
