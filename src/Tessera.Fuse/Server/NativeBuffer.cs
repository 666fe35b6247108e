using System.Buffers;

namespace Tessera.Fuse;

/// <summary>Lets <see cref="Memory{T}"/> point into native memory that somebody else owns.</summary>
internal sealed unsafe class NativeBuffer(byte* start, int length) : MemoryManager<byte>
{
    public Memory<byte> Lend(int offset, int count) => CreateMemory(offset, count);

    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, length);
        return new MemoryHandle(start + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
