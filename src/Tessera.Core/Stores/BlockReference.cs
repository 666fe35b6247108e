using System.Buffers.Binary;

namespace Tessera.Core.Stores;

/// <summary>Names one immutable block for ever: where it lies and what is needed to open it. Callers keep its 56 bytes and do not look inside.</summary>
/// <remarks>Little-endian: address u64 (group and slot; the store's business), counter u64, birth u64, session u32, length u32, key epoch u16,
/// algorithm u8, unit shift u8, placements u8 (1), three zero bytes, tag of a block of one unit 16 bytes. See docs/format/container.md, References.</remarks>
public readonly record struct BlockReference
{
    /// <summary>Encoded size, bytes.</summary>
    public const int Size = 56;

    public ulong Address { get; init; }
    public ulong Counter { get; init; }

    /// <summary>The checkpoint generation the block was born in.</summary>
    public ulong Birth { get; init; }
    public uint Session { get; init; }

    /// <summary>Length of the content, bytes.</summary>
    public uint Length { get; init; }
    public ushort KeyEpoch { get; init; }
    public byte Algorithm { get; init; }

    /// <summary>Log2 of the unit of sealing, bytes.</summary>
    public byte UnitShift { get; init; }

    /// <summary>The seal's tag when the block is a single unit, else 0.</summary>
    public SealTag Tag { get; init; }

    public void Encode(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Address);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Counter);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Birth);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], Session);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[32..], KeyEpoch);
        destination[34] = Algorithm;
        destination[35] = UnitShift;
        destination[36] = 1;
        destination[37..40].Clear();
        Tag.Write(destination[40..]);
    }

    public static BlockReference Decode(ReadOnlySpan<byte> source) => new()
    {
        Address = BinaryPrimitives.ReadUInt64LittleEndian(source),
        Counter = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        Birth = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
        Session = BinaryPrimitives.ReadUInt32LittleEndian(source[24..]),
        Length = BinaryPrimitives.ReadUInt32LittleEndian(source[28..]),
        KeyEpoch = BinaryPrimitives.ReadUInt16LittleEndian(source[32..]),
        Algorithm = source[34],
        UnitShift = source[35],
        Tag = SealTag.Read(source[40..]),
    };
}
