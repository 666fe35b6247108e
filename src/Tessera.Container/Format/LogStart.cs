using System.Buffers.Binary;
using Tessera.Container.Logging;
using Tessera.Core.Stores;

namespace Tessera.Container.Format;

/// <summary>Where replay begins: position in the endless log, the session that sealed it, the tag its first record chains to; and the ring's shape.</summary>
public readonly record struct LogStart(long Position, uint Session, SealTag Chain, int ExtentSlots, int ExtentCount)
{
    public long RingBytes => (long)ExtentSlots * ExtentCount * Geometry.SlotSize;

    /// <summary>Positions grow for ever and are counters of seals, too: they start far below the end of numbers.</summary>
    public const long MaxPosition = 1L << 61;

    /// <summary>Whether arithmetic on it can go wrong nowhere.</summary>
    internal bool IsSane => Position is >= 0 and <= MaxPosition && Position % LogRecord.Alignment == 0
        && ExtentSlots is > 0 and <= Geometry.SlotsPerGroup && ExtentCount is > 0 and <= Geometry.MaxGroups;

    public void Encode(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, Position);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Session);
        Chain.Write(target[16..]);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], ExtentSlots);
        BinaryPrimitives.WriteInt32LittleEndian(target[36..], ExtentCount);
    }

    public static LogStart Decode(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
        SealTag.Read(source[16..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[36..]));
}
