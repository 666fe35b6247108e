using System.Buffers.Binary;

namespace Tessera.Volumes.Accesses;

/// <summary>Puts the segments of an access log together from its keys, which come in their order.</summary>
/// <param name="visit">Given each segment, lent; empty where a piece of it is missing.</param>
internal sealed class SegmentAssembler(SegmentAssembler.Visitor visit)
{
    private readonly byte[] segment = new byte[AccessLogLimits.MaxSegment];
    private int chunks;
    private int length;
    private bool isTorn;

    public delegate void Visitor(ulong number, ReadOnlySpan<byte> segment);

    /// <summary>Of the segment that is being put together.</summary>
    public ulong Number { get; private set; }

    /// <summary>Takes a piece.</summary>
    /// <returns>False: it is none.</returns>
    public bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != VolumeKeys.AccessLogChunkLength || key[^1] >= AccessLogLimits.MaxChunks || value.Length > AccessLogLimits.Chunk)
        {
            return false;
        }

        ulong of = BinaryPrimitives.ReadUInt64BigEndian(key[1..]);
        if (of != Number)
        {
            Finish();
        }

        Number = of;
        isTorn |= key[^1] != chunks;
        chunks = key[^1] + 1;
        if (!isTorn)
        {
            value.CopyTo(segment.AsSpan(length));
            length += value.Length;
        }

        return true;
    }

    /// <summary>There are no more pieces.</summary>
    public void Finish()
    {
        if (chunks > 0)
        {
            visit(Number, isTorn ? default : segment.AsSpan(0, length));
        }

        (chunks, length, isTorn) = (0, 0, false);
    }
}
