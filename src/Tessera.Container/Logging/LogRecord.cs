using System.Buffers.Binary;
using Tessera.Container.Format;

namespace Tessera.Container.Logging;

/// <summary>The header of a log record and the arithmetic of its place (docs/format/container.md, Log).</summary>
public readonly record struct LogRecord(int BodyLength, ulong FirstSequence, long DurablePosition, ulong RootGeneration)
{
    public const int PlainHeader = 40;

    /// <summary>Header with its tag.</summary>
    public const int SealedHeader = PlainHeader + Geometry.TagSize;

    /// <summary>Records start at multiples of this, so that a position gives two counters of its own.</summary>
    public const int Alignment = 16;

    /// <summary>Largest body: several of the largest batches in one record.</summary>
    public const int MaxBody = 1 << 20;

    /// <summary>Stored bytes of the record, padding included.</summary>
    public int StoredLength => AlignUp(SealedHeader + BodyLength + Geometry.TagSize, Alignment);

    public static ulong HeaderCounter(long position) => (ulong)position / 8;

    public static ulong BodyCounter(long position) => ((ulong)position / 8) + 1;

    public static long NextSlot(long position) => (position + Geometry.SlotSize - 1) & ~(long)(Geometry.SlotSize - 1);

    public static int AlignUp(int value, int alignment) => (value + alignment - 1) & ~(alignment - 1);

    public void Encode(Span<byte> target)
    {
        target[..PlainHeader].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(target, BodyLength);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], FirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], DurablePosition);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], RootGeneration);
    }

    public static LogRecord Decode(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(source[24..]));
}
