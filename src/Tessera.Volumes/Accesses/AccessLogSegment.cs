using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tessera.Volumes.Accesses;

/// <summary>The header of a segment of the access log, little-endian: format u8 = 1, three reserved bytes, length u32 with the header, number u64, number of its first record u64,
/// records u32, four reserved bytes, SHA-256 of the segment before.</summary>
/// <param name="Length">Bytes with the header.</param>
/// <param name="Number">One more than that of the segment before.</param>
/// <param name="FirstRecord">Number of its first record.</param>
/// <param name="Records">How many it has, each a line.</param>
internal readonly record struct AccessLogSegment(int Length, ulong Number, ulong FirstRecord, int Records)
{
    public const int HeaderLength = 64;

    private const byte CurrentFormat = 1;
    private const int BeforeAt = 32;

    public int Chunks => (Length + AccessLogLimits.Chunk - 1) / AccessLogLimits.Chunk;

    /// <summary>What the log is charged with it, bytes.</summary>
    public long Charge => Length + AccessLogLimits.SegmentOverhead;

    public void Encode(Span<byte> segment, ReadOnlySpan<byte> before)
    {
        segment[..HeaderLength].Clear();
        segment[0] = CurrentFormat;
        BinaryPrimitives.WriteInt32LittleEndian(segment[4..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[8..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], FirstRecord);
        BinaryPrimitives.WriteInt32LittleEndian(segment[24..], Records);
        before.CopyTo(segment[BeforeAt..]);
    }

    /// <summary>Reads a header; null: it is none.</summary>
    public static AccessLogSegment? TryDecode(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < HeaderLength || segment[0] != CurrentFormat)
        {
            return null;
        }

        var header = new AccessLogSegment(
            BinaryPrimitives.ReadInt32LittleEndian(segment[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(segment[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(segment[24..]));
        bool makesSense = header.Length is > HeaderLength and <= AccessLogLimits.MaxSegment && header.Records > 0 && header.FirstRecord > 0;
        return makesSense ? header : null;
    }

    /// <summary>The hash of the segment before, which this one carries.</summary>
    public static ReadOnlySpan<byte> BeforeOf(ReadOnlySpan<byte> segment) => segment.Slice(BeforeAt, SHA256.HashSizeInBytes);

    /// <summary>The lines of a segment.</summary>
    public static ReadOnlySpan<byte> LinesOf(ReadOnlySpan<byte> segment) => segment[HeaderLength..];
}
