using Tessera.Container.Media;

namespace Tessera.MicroBenchmarks;

/// <summary>A medium in memory, so that what is measured is the code above it. Pieces that were never written take no memory.</summary>
internal sealed class MemoryMedium : IMedium
{
    private const int PieceBytes = 1 << 20;
    private readonly Dictionary<long, byte[]> pieces = [];

    public long Length { get; private set; }

    public int Alignment => 512;

    public bool IsReadOnly => false;

    public long HostFreeBytes => long.MaxValue;

    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Span<byte> piece = PieceAt(offset);
            int length = Math.Min(piece.Length, buffer.Length);
            piece[..length].CopyTo(buffer);
            offset += length;
            buffer = buffer[length..];
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        while (!data.IsEmpty)
        {
            Span<byte> piece = PieceAt(offset);
            int length = Math.Min(piece.Length, data.Length);
            data[..length].CopyTo(piece);
            offset += length;
            data = data[length..];
        }
    }

    public void Flush()
    {
    }

    public void Grow(long length) => Length = Math.Max(Length, length);

    public void Punch(long offset, long length)
    {
    }

    public void Dispose() => pieces.Clear();

    /// <summary>From the offset to the end of its piece.</summary>
    private Span<byte> PieceAt(long offset)
    {
        if (!pieces.TryGetValue(offset / PieceBytes, out byte[]? piece))
        {
            pieces.Add(offset / PieceBytes, piece = new byte[PieceBytes]);
        }

        return piece.AsSpan((int)(offset % PieceBytes));
    }
}
