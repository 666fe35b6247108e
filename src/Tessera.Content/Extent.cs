using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>Bytes [<see cref="Start"/>, <see cref="End"/>) of a file and where they lie.</summary>
public record struct Extent
{
    /// <summary>Encoded length of a block extent: kind u8, block reference 56, offset in the block u32, length u32.</summary>
    public const int BlockValueLength = 1 + BlockReference.Size + 8;

    /// <summary>Encoded length of a lost extent: kind u8, length u32.</summary>
    public const int LostValueLength = 5;

    /// <summary>Longest lost extent, bytes.</summary>
    public const int MaxLost = 1 << 30;

    public long Start;
    public long End;
    public ExtentKind Kind;

    /// <summary>For <see cref="ExtentKind.Block"/>: the block, and where in its content the extent starts.</summary>
    public BlockReference Block;
    public int BlockOffset;

    /// <summary>All of a block's content, and nothing else.</summary>
    public readonly bool IsWholeBlock => Kind == ExtentKind.Block && BlockOffset == 0 && End - Start == Block.Length;

    public readonly int Length => checked((int)(End - Start));

    /// <summary>Decodes an entry of the map. An inline extent's bytes are <c>value[1..]</c>.</summary>
    /// <exception cref="StoreDamageException">The value is not an extent.</exception>
    public static Extent Decode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long end = ContentKeys.EndOf(key);
        if (value.Length > 1 && value[0] == (byte)ExtentKind.Inline && end >= value.Length - 1)
        {
            return new Extent { Start = end - (value.Length - 1), End = end, Kind = ExtentKind.Inline };
        }

        if (value.Length == BlockValueLength && value[0] == (byte)ExtentKind.Block)
        {
            return DecodeBlock(end, value[1..]);
        }

        if (value.Length == LostValueLength && value[0] == (byte)ExtentKind.Lost
            && BinaryPrimitives.ReadUInt32LittleEndian(value[1..]) is var lost and > 0 and <= MaxLost && lost <= end)
        {
            return new Extent { Start = end - lost, End = end, Kind = ExtentKind.Lost };
        }

        throw new StoreDamageException("An extent's record is malformed.");
    }

    public readonly void EncodeBlock(Span<byte> value)
    {
        value[0] = (byte)ExtentKind.Block;
        Block.Encode(value[1..]);
        BinaryPrimitives.WriteInt32LittleEndian(value[(1 + BlockReference.Size)..], BlockOffset);
        BinaryPrimitives.WriteInt32LittleEndian(value[(5 + BlockReference.Size)..], Length);
    }

    public readonly void EncodeLost(Span<byte> value)
    {
        value[0] = (byte)ExtentKind.Lost;
        BinaryPrimitives.WriteUInt32LittleEndian(value[1..], (uint)Length);
    }

    /// <summary>The part of this extent from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public readonly Extent Slice(long start, long end) => this with
    {
        Start = start,
        End = end,
        BlockOffset = Kind == ExtentKind.Block ? BlockOffset + (int)(start - Start) : 0,
    };

    private static Extent DecodeBlock(long end, ReadOnlySpan<byte> value)
    {
        BlockReference block = BlockReference.Decode(value);
        int offset = BinaryPrimitives.ReadInt32LittleEndian(value[BlockReference.Size..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(value[(BlockReference.Size + 4)..]);
        if (offset < 0 || length <= 0 || length > end || (uint)offset + (uint)length > block.Length)
        {
            throw new StoreDamageException("An extent reaches beyond its block.");
        }

        return new Extent { Start = end - length, End = end, Kind = ExtentKind.Block, Block = block, BlockOffset = offset };
    }
}
