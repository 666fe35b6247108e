using System.Security.Cryptography;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Accesses;

/// <summary>Appends to the access log of a store that is open for writing (docs/format/volume.md, "Access log"). One at a time; nothing else writes its keys.</summary>
public sealed class AccessLogWriter
{
    private readonly IVolumeStore store;
    private readonly AccessLogReader reader;
    private readonly long maxBytes;
    private readonly ulong epoch;
    private readonly StoreBatch batch = new();
    private readonly byte[] key = new byte[VolumeKeys.AccessLogChunkLength];
    private readonly byte[] segment = new byte[AccessLogLimits.MaxSegment];
    private readonly byte[] encodedHead = new byte[AccessLogHead.Size];
    private bool isNew;

    private AccessLogWriter(IVolumeStore store, AccessLogReader reader, (long MaxBytes, ulong Epoch) limits, AccessLogHead? head)
    {
        this.store = store;
        this.reader = reader;
        (maxBytes, epoch) = limits;
        isNew = head is null;
        Head = head ?? AccessLogHead.Empty;
    }

    /// <summary>As it is in the store; with no record, nothing is there yet.</summary>
    public AccessLogHead Head { get; private set; }

    /// <summary>Most bytes of lines that one segment takes.</summary>
    public static int MaxLines => AccessLogLimits.MaxSegment - AccessLogSegment.HeaderLength;

    /// <summary>Goes on with the log of a store, or begins one. Nothing is written before the first record.</summary>
    /// <param name="store">Stays the caller's.</param>
    /// <param name="maxBytes">What is kept, bytes: from <see cref="AccessLogLimits.MinBytes"/> to <see cref="AccessLogLimits.MaxBytes"/>.</param>
    /// <param name="epoch">Which opening of the store for writing this is.</param>
    /// <exception cref="StoreDamageException">The log's head is damaged.</exception>
    public static async ValueTask<AccessLogWriter> OpenAsync(IVolumeStore store, long maxBytes, ulong epoch)
    {
        var existing = new AccessLogReader(store);
        return new AccessLogWriter(store, existing, (maxBytes, epoch), await existing.ReadHeadAsync());
    }

    /// <summary>Appends records as one segment, and drops the oldest segments where they would be too many. All or nothing.</summary>
    /// <param name="lines">Each with its end; at most <see cref="MaxLines"/> bytes.</param>
    /// <param name="records">How many, at least one.</param>
    /// <param name="last">These end the log for this opening.</param>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public async ValueTask<CommitResult> AppendAsync(ReadOnlyMemory<byte> lines, int records, bool last)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lines.Length, MaxLines, nameof(lines));
        batch.Reset();
        var header = new AccessLogSegment(AccessLogSegment.HeaderLength + lines.Length, Head.Next, Head.NextRecord, records);
        header.Encode(segment, Head.Last.Span);
        lines.Span.CopyTo(segment.AsSpan(AccessLogSegment.HeaderLength));
        PutChunks(header);
        byte[] hash = SHA256.HashData(segment.AsSpan(0, header.Length));
        AccessLogHead changed = await DropOldestAsync(Head with { Bytes = Head.Bytes + header.Charge });
        changed = changed with { IsOpen = !last, Next = Head.Next + 1, NextRecord = Head.NextRecord + (ulong)records, Epoch = epoch, Last = hash };
        changed.Encode(encodedHead);
        batch.Put(key.AsSpan(0, VolumeKeys.AccessLogHead(key)), encodedHead);
        if (isNew)
        {
            await AnnounceAsync();
        }

        CommitResult result = await store.CommitAsync(batch);
        if (result.Status == CommitStatus.Committed)
        {
            (Head, isNew) = (changed, false);
        }

        return result;
    }

    private void PutChunks(in AccessLogSegment header)
    {
        for (int index = 0; index < header.Chunks; index++)
        {
            int start = index * AccessLogLimits.Chunk;
            int length = Math.Min(AccessLogLimits.Chunk, header.Length - start);
            batch.Put(key.AsSpan(0, VolumeKeys.AccessLogChunk(key, header.Number, index)), segment.AsSpan(start, length));
        }
    }

    /// <summary>The last hash of what is dropped stays in the head: the chain can be followed from there.</summary>
    private async ValueTask<AccessLogHead> DropOldestAsync(AccessLogHead head)
    {
        for (int dropped = 0; head.Bytes > maxBytes && head.First < Head.Next && dropped < AccessLogLimits.MaxDrops; dropped++)
        {
            ReadOnlyMemory<byte> oldest = await ReadOldestAsync(head.First);
            AccessLogSegment? header = AccessLogSegment.TryDecode(oldest.Span);
            for (int index = 0; index < (header?.Chunks ?? AccessLogLimits.MaxChunks); index++)
            {
                batch.Delete(key.AsSpan(0, VolumeKeys.AccessLogChunk(key, head.First, index)));
            }

            // The hash of what is there, not the one that the next segment tells: if it was changed, that still shows.
            head = head with
            {
                First = head.First + 1,
                FirstRecord = header is { } known ? known.FirstRecord + (ulong)known.Records : head.FirstRecord,
                Bytes = Math.Max(0, head.Bytes - oldest.Length - AccessLogLimits.SegmentOverhead),
                Before = SHA256.HashData(oldest.Span),
            };
        }

        return head;
    }

    /// <summary>Empty where it is damaged: what cannot be read must not keep all that follows from being written.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ReadOldestAsync(ulong number)
    {
        try
        {
            return await reader.ReadAsync(number);
        }
        catch (StoreDamageException)
        {
            return default;
        }
    }

    /// <summary>Says in the volume's record that there is a log, so that programs that do not know of it leave it alone.</summary>
    private async ValueTask AnnounceAsync()
    {
        VolumeRecord record = await VolumeFormatter.ReadRecordAsync(store);
        Span<byte> volume = stackalloc byte[VolumeKeys.InoLength];
        long features = ((long)(record.CompatibleFeatures | VolumeRecord.AccessLogFeature) << 32) | record.ReadOnlyFeatures;
        batch.Set(volume[..VolumeKeys.Volume(volume)], VolumeRecord.FeaturesOffset, features);
    }
}
