using System.Buffers;
using System.Runtime.InteropServices;

namespace Tessera.Container.Media;

/// <summary>Native memory aligned to 4096 bytes, for direct I/O. Never moved or scanned by the collector.</summary>
public sealed unsafe class AlignedBuffer : MemoryManager<byte>
{
    public const int Boundary = 4096;
    private byte* pointer;
    private readonly int length;

    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        this.length = length;
        pointer = (byte*)NativeMemory.AlignedAlloc((nuint)length, Boundary);
        GC.AddMemoryPressure(length);
    }

    ~AlignedBuffer() => Dispose(false);

    public int Length => length;

    public override Span<byte> GetSpan() => new(pointer, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(pointer + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        byte* owned = pointer;
        pointer = null;
        if (owned != null)
        {
            NativeMemory.AlignedFree(owned);
            GC.RemoveMemoryPressure(length);
        }
    }
}
