using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>A block of which a part is dead: little-endian owner ino u64, live bytes u32, length u32. A block without a record is wholly
/// live.</summary>
public readonly record struct BlockRecord(ulong Owner, uint Live, uint Length)
{
    public const int Size = 16;

    public void Encode(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value, Owner);
        BinaryPrimitives.WriteUInt32LittleEndian(value[8..], Live);
        BinaryPrimitives.WriteUInt32LittleEndian(value[12..], Length);
    }

    public static BlockRecord Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length != Size)
        {
            throw new StoreDamageException("A block's record is malformed.");
        }

        return new BlockRecord(
            BinaryPrimitives.ReadUInt64LittleEndian(value),
            BinaryPrimitives.ReadUInt32LittleEndian(value[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(value[12..]));
    }
}
