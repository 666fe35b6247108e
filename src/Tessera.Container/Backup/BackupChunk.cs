using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tessera.Container.Backup;

/// <summary>What stands before the bytes of a run in a backup file (docs/format/backup.md, Chunks).</summary>
internal readonly record struct BackupChunk(BackupChunk.ChunkKind Kind, int Copies, int Slots, ulong AddressA, ulong AddressB)
{
    /// <summary>Encoded size, bytes.</summary>
    public const int Size = 64;
    private const int HashOffset = 24;

    public enum ChunkKind : byte
    {
        /// <summary>Slots follow.</summary>
        Data = 1,

        /// <summary>Slots that are to be zero; nothing follows.</summary>
        Zeros = 2,

        /// <summary>The last: address A is the number of chunks before it, address B that of bytes in them; the hash is that of the whole file so far.</summary>
        End = 3,
    }

    public ulong Address(int copy) => copy == 0 ? AddressA : AddressB;

    public static Span<byte> Hash(Span<byte> encoded) => encoded.Slice(HashOffset, SHA256.HashSizeInBytes);

    public void Encode(Span<byte> target)
    {
        target[..Size].Clear();
        target[0] = (byte)Kind;
        target[1] = (byte)Copies;
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], Slots);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], AddressA);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], AddressB);
    }

    public static BackupChunk Decode(ReadOnlySpan<byte> source) => new(
        (ChunkKind)source[0],
        source[1],
        BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(source[16..]));
}
