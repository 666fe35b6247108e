using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Accesses;

/// <summary>What is known of an access log as a whole (docs/format/volume.md, "Access log"): where it begins, where it ends, and the hashes of both ends.</summary>
public sealed record AccessLogHead
{
    /// <summary>Encoded size, bytes.</summary>
    public const int Size = 128;

    private const byte CurrentFormat = 1;
    private const byte OpenFlag = 1;
    private const int BeforeAt = 56;
    private const int LastAt = 88;

    /// <summary>A log without records.</summary>
    public static AccessLogHead Empty { get; } = new() { FirstRecord = 1, NextRecord = 1 };

    /// <summary>Something writes it, or did not end it.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The oldest segment kept.</summary>
    public ulong First { get; init; }

    /// <summary>The segment that comes next.</summary>
    public ulong Next { get; init; }

    /// <summary>Number of the first record of the oldest segment; the first of all is 1.</summary>
    public ulong FirstRecord { get; init; }

    /// <summary>Number of the record that comes next.</summary>
    public ulong NextRecord { get; init; }

    /// <summary>What all segments are charged with, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Of the store's openings for writing, the one that wrote last.</summary>
    public ulong Epoch { get; init; }

    /// <summary>SHA-256 of the segment before the oldest kept; zeros where none was dropped.</summary>
    public ReadOnlyMemory<byte> Before { get; init; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>SHA-256 of the newest segment; zeros where there is none.</summary>
    public ReadOnlyMemory<byte> Last { get; init; } = new byte[SHA256.HashSizeInBytes];

    public void Encode(Span<byte> value)
    {
        value[..Size].Clear();
        value[0] = CurrentFormat;
        value[1] = IsOpen ? OpenFlag : (byte)0;
        BinaryPrimitives.WriteUInt64LittleEndian(value[8..], First);
        BinaryPrimitives.WriteUInt64LittleEndian(value[16..], Next);
        BinaryPrimitives.WriteUInt64LittleEndian(value[24..], FirstRecord);
        BinaryPrimitives.WriteUInt64LittleEndian(value[32..], NextRecord);
        BinaryPrimitives.WriteInt64LittleEndian(value[40..], Bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(value[48..], Epoch);
        Before.Span.CopyTo(value[BeforeAt..]);
        Last.Span.CopyTo(value[LastAt..]);
    }

    /// <exception cref="StoreDamageException">It is no head.</exception>
    public static AccessLogHead Decode(ReadOnlySpan<byte> value)
    {
        AccessLogHead? head = value.Length == Size && value[0] == CurrentFormat
            ? new AccessLogHead
            {
                IsOpen = (value[1] & OpenFlag) != 0,
                First = BinaryPrimitives.ReadUInt64LittleEndian(value[8..]),
                Next = BinaryPrimitives.ReadUInt64LittleEndian(value[16..]),
                FirstRecord = BinaryPrimitives.ReadUInt64LittleEndian(value[24..]),
                NextRecord = BinaryPrimitives.ReadUInt64LittleEndian(value[32..]),
                Bytes = BinaryPrimitives.ReadInt64LittleEndian(value[40..]),
                Epoch = BinaryPrimitives.ReadUInt64LittleEndian(value[48..]),
                Before = value.Slice(BeforeAt, SHA256.HashSizeInBytes).ToArray(),
                Last = value.Slice(LastAt, SHA256.HashSizeInBytes).ToArray(),
            }
            : null;
        return head is not null && head.First <= head.Next && head.FirstRecord <= head.NextRecord && head.FirstRecord > 0 && head.Bytes >= 0
            ? head
            : throw new StoreDamageException("The head of the access log is malformed.");
    }
}
