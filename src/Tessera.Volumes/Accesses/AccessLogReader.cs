using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Accesses;

/// <summary>Reads the access log of a store, whether or not something goes on writing it. Not thread-safe.</summary>
/// <param name="store">Where it is.</param>
public sealed class AccessLogReader(IVolumeStore store)
{
    /// <summary>Of a page of segments, bytes: each fits, whatever its size.</summary>
    public const int PageBytes = 256 << 10;

    private readonly byte[] key = new byte[VolumeKeys.AccessLogChunkLength];
    private readonly byte[] segment = new byte[AccessLogLimits.MaxSegment];
    private readonly byte[] chunk = new byte[StoreLimits.MaxValue];
    private ScanPage? page;

    /// <summary>The log's head; null: there is no log.</summary>
    /// <exception cref="StoreDamageException">It is none, or cannot be read.</exception>
    public async ValueTask<AccessLogHead?> ReadHeadAsync()
    {
        StoreEntry entry = await store.GetAsync(key.AsMemory(0, VolumeKeys.AccessLogHead(key)), chunk);
        return entry.Found ? AccessLogHead.Decode(chunk.AsSpan(0, entry.Length)) : null;
    }

    /// <summary>Takes each of some segments that come after each other, lent; empty where a piece of it is missing.</summary>
    public delegate void Visitor(ulong number, ReadOnlySpan<byte> segment);

    /// <summary>Reads segments from one on, a page of <see cref="PageBytes"/> at most; their bytes are as they are, and nothing is verified.</summary>
    /// <returns>The segment to go on with; null: there are no more.</returns>
    /// <exception cref="StoreDamageException">They cannot be read.</exception>
    public async ValueTask<ulong?> ReadPageAsync(ulong from, Visitor visit)
    {
        page ??= new ScanPage(PageBytes);
        byte[] to = VolumeKeys.AfterTag((byte)KeyTag.AccessLog);
        await store.ScanAsync(key.AsMemory(0, VolumeKeys.AccessLogChunk(key, from, 0)), to, page);
        var assembler = new SegmentAssembler(visit.Invoke);
        foreach (ScanPage.Entry entry in page)
        {
            _ = assembler.Add(entry.Key, entry.Value); // What is no piece is fsck's to tell.
        }

        if (!page.Complete && assembler.Number > from)
        {
            return assembler.Number; // Not all of it is in the page.
        }

        assembler.Finish();
        return page.Complete || from == ulong.MaxValue ? null : from + 1;
    }

    /// <summary>A segment, lent until the next call; its bytes are as they are, and nothing is verified.</summary>
    /// <returns>Empty: there is none, or not all of it.</returns>
    /// <exception cref="StoreDamageException">It cannot be read.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(ulong number)
    {
        int length = 0;
        int told = AccessLogSegment.HeaderLength;
        for (int index = 0; index < AccessLogLimits.MaxChunks && length < told; index++)
        {
            StoreEntry entry = await store.GetAsync(key.AsMemory(0, VolumeKeys.AccessLogChunk(key, number, index)), chunk);
            if (!entry.Found || entry.Length > AccessLogLimits.Chunk)
            {
                return default;
            }

            chunk.AsSpan(0, entry.Length).CopyTo(segment.AsSpan(length));
            length += entry.Length;
            if (index == 0 && entry.Length >= AccessLogSegment.HeaderLength)
            {
                told = BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(4));
            }
        }

        return segment.AsMemory(0, length);
    }
}
