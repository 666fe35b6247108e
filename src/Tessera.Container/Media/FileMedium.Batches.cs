using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>Reading and writing many pieces at once.</summary>
public sealed partial class FileMedium : IPieceOwner
{
    private readonly PieceQueues queues;

    public unsafe void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        int each = buffer.Length / Math.Max(1, offsets.Length);
        ThrowIfOutside(offsets, each, "read");
        fixed (byte* start = buffer)
        {
            queues.Run(PieceOperation.Read, offsets, start, each, WriteMode.Direct);
        }
    }

    public unsafe void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        ThrowIfReadOnly();
        int each = data.Length / Math.Max(1, offsets.Length);
        ThrowIfOutside(offsets, each, "write");
        fixed (byte* start = data)
        {
            queues.Run(PieceOperation.Write, offsets, start, each, mode);
        }
    }

    FilePiece IPieceOwner.Locate(PieceOperation operation, long offset, int length)
    {
        if (operation == PieceOperation.Write)
        {
            isWritten = true;
        }

        return IsAligned(offset | (uint)length, Alignment) ? new FilePiece(direct, offset, memoryAlignment) : default;
    }

    void IPieceOwner.Transfer(PieceOperation operation, long offset, Span<byte> memory, WriteMode mode)
    {
        if (operation == PieceOperation.Read)
        {
            Read(offset, memory);
        }
        else
        {
            Write(offset, memory, mode);
        }
    }

    private void ThrowIfOutside(ReadOnlySpan<long> offsets, int each, string attempt)
    {
        foreach (long offset in offsets)
        {
            ThrowIfOutside(offset, each, attempt);
        }
    }
}
