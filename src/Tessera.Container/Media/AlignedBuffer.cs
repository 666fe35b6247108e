using System.Runtime.CompilerServices;

namespace Tessera.Container.Media;

/// <summary>Memory aligned to 4096 bytes, for direct I/O: a pinned array, so that it is never moved, and never freed while a span of it is in use.</summary>
public sealed class AlignedBuffer
{
    public const int Boundary = 4096;
    private readonly byte[] array;
    private readonly int start;

    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        array = GC.AllocateUninitializedArray<byte>(length + Boundary, pinned: true);
        Length = length;
        unsafe
        {
            nuint address = (nuint)Unsafe.AsPointer(ref array[0]);
            start = (int)((Boundary - (address & (Boundary - 1))) & (Boundary - 1));
        }
    }

    public int Length { get; }

    public Span<byte> Span => array.AsSpan(start, Length);

    public Memory<byte> Memory => array.AsMemory(start, Length);
}
