using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>A block of which a part is dead, or that several extents may name the same bytes of: docs/format/volume.md, Blocks. An owned block without a
/// record is wholly live.</summary>
/// <param name="Owner">The one file whose extents name it; <see cref="Shared"/> when any file's may.</param>
/// <param name="Live">The sum of the lengths of the extents that name it; of a shared block it may exceed the length.</param>
/// <param name="Length">Bytes of the block.</param>
public readonly record struct BlockRecord(ulong Owner, long Live, uint Length)
{
    /// <summary>The owner of what is shared: no inode has this number.</summary>
    public const ulong Shared = 0;

    /// <summary>Longest encoding, bytes.</summary>
    public const int MaxSize = 24;

    private const int OwnedSize = 16;

    public bool IsShared => Owner == Shared;

    /// <summary>Bytes of the encoding: an owned block's is owner u64, live u32, length u32; a shared one's zero u64, length u32, zero u32, live u64.</summary>
    public int Size => IsShared ? MaxSize : OwnedSize;

    public void Encode(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value, Owner);
        if (IsShared)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(value[8..], Length);
            BinaryPrimitives.WriteUInt32LittleEndian(value[12..], 0);
            BinaryPrimitives.WriteInt64LittleEndian(value[16..], Live);
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(value[8..], (uint)Live);
        BinaryPrimitives.WriteUInt32LittleEndian(value[12..], Length);
    }

    /// <exception cref="StoreDamageException">The value is no block's record.</exception>
    public static BlockRecord Decode(ReadOnlySpan<byte> value) => IsWellFormed(value)
        ? Read(value)
        : throw new StoreDamageException("A block's record is malformed.");

    /// <summary>Whether the value is one of the two forms: the length tells which, and the owner agrees.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> value) =>
        (value.Length == OwnedSize && BinaryPrimitives.ReadUInt64LittleEndian(value) != Shared)
        || (value.Length == MaxSize && BinaryPrimitives.ReadUInt64LittleEndian(value) == Shared && BinaryPrimitives.ReadInt64LittleEndian(value[16..]) > 0);

    private static BlockRecord Read(ReadOnlySpan<byte> value)
    {
        ulong owner = BinaryPrimitives.ReadUInt64LittleEndian(value);
        return owner == Shared
            ? new BlockRecord(Shared, BinaryPrimitives.ReadInt64LittleEndian(value[16..]), BinaryPrimitives.ReadUInt32LittleEndian(value[8..]))
            : new BlockRecord(owner, BinaryPrimitives.ReadUInt32LittleEndian(value[8..]), BinaryPrimitives.ReadUInt32LittleEndian(value[12..]));
    }
}
