using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>Lays new extents over a file's old ones in a batch: what is covered is deleted, what is half covered trimmed, no content is
/// rewritten.</summary>
/// <remarks>One sweep in ascending order. An old extent that reaches beyond a new one is carried as the <em>tail</em> until it is known
/// what
/// covers it next, because the batch's own puts cannot be read back. The file's inode is locked exclusively meanwhile. Not thread-safe;
/// reusable.</remarks>
public sealed class ExtentEditor(IVolumeStore store, BlockLocks locks)
{
    private readonly BlockLedger ledger = new(store, locks);
    private readonly ScanPage page = new(16 << 10);
    private readonly byte[] from = new byte[ContentKeys.ExtentLength];
    private readonly byte[] to = new byte[ContentKeys.ExtentLength + 1];
    private readonly byte[] key = new byte[ContentKeys.ExtentLength];
    private readonly byte[] value = new byte[StoreLimits.MaxValue];
    private readonly byte[] tailContent = new byte[StoreLimits.MaxValue];
    private StoreBatch batch = new();
    private ulong ino;
    private long extentsEnd;
    private long consumedTo;
    private bool hasTail;
    private Extent tail;

    /// <summary>By how much the file's live bytes change; valid after <see cref="FinishAsync"/>, as the next three.</summary>
    public long LiveDelta { get; private set; }

    /// <summary>By how much the bytes of the file's blocks, dead parts included, change.</summary>
    public long BlockBytesDelta => ledger.BlockBytesDelta;

    /// <summary>By how much the bytes of the blocks of the file that was copied from change: what is shared is no longer wholly its.</summary>
    public long SourceBlockBytesDelta => ledger.SourceBlockBytesDelta;

    /// <summary>By how much the file's inline bytes change, each extent counted with <see cref="ContentLimits.InlineOverhead"/>.</summary>
    public long InlineDelta { get; private set; }

    /// <summary>The file is worth compacting.</summary>
    public bool LeavesGarbage => ledger.LeavesGarbage;

    /// <summary>The edit locked shared blocks: its batch is to be committed before another edit goes into it.</summary>
    public bool HoldsShared => ledger.HoldsShared;

    /// <summary>A block that was to be <see cref="BlockClaim.StillShared"/> is not: the batch must not be committed.</summary>
    public bool HasLostShared => ledger.HasLostShared;

    /// <summary>Entries at which a batch is full, unbounded unless told otherwise: at worst each rewrites a leaf, and a full volume's reserve
    /// is good for few.</summary>
    public int MaxEntries { get; set; } = int.MaxValue;

    /// <summary>The store had no room for the last edit: the next are shorter.</summary>
    /// <returns>False when they are as short as they get.</returns>
    public bool Shorten()
    {
        if (MaxEntries <= 1)
        {
            return false;
        }

        MaxEntries = Math.Min(ContentLimits.SmallEditEntries, MaxEntries / 2);
        return true;
    }

    /// <summary>Starts an edit of the file. The one before it is committed, or given up.</summary>
    /// <param name="ino">The file.</param>
    /// <param name="extentsEnd">No extent of the file ends beyond it: appends need no look at the old ones.</param>
    /// <param name="batch">Where the edit goes.</param>
    public void Begin(ulong ino, long extentsEnd, StoreBatch batch) => Begin(ino, ino, extentsEnd, batch);

    /// <summary>Starts an edit that lays extents of a file, or of itself, over a file: what they lie in becomes shared.</summary>
    public void BeginCopy(ulong source, ulong ino, StoreBatch batch) => Begin(source, ino, long.MaxValue, batch);

    /// <summary>Ends the last edit, committed or not: whoever waits for a shared block may have it.</summary>
    public void End() => ledger.Release();

    private void Begin(ulong source, ulong ino, long extentsEnd, StoreBatch batch)
    {
        this.ino = ino;
        this.extentsEnd = extentsEnd;
        this.batch = batch;
        hasTail = false;
        consumedTo = 0;
        LiveDelta = 0;
        InlineDelta = 0;
        ledger.Reset(ino, source);
    }

    /// <summary>Lays one new extent; calls come in ascending order of offsets.</summary>
    /// <returns>The offset up to which it is done: less than its end when the batch is full; the rest goes into the next batch.</returns>
    public async ValueTask<long> ReplaceAsync(NewExtent added)
    {
        Extent extent = added.Extent;
        if (!HasRoom(added.Inline.Length))
        {
            return extent.Start;
        }

        if (hasTail)
        {
            Cover(tail, tailContent, extent);
        }

        long done = extent.End;
        if (!hasTail && extent.Start < extentsEnd)
        {
            done = await CoverStoredAsync(extent);
        }

        if (done > extent.Start && extent.Kind != ExtentKind.Hole)
        {
            Put(done == extent.End ? added : added.Until(done));
        }

        return done;
    }

    /// <summary>Ends the edit: the batch holds all of it.</summary>
    public async ValueTask FinishAsync()
    {
        FlushTail();
        await ledger.PostAsync(batch);
    }

    /// <summary>Trims and deletes what the store holds under the new extent.</summary>
    private async ValueTask<long> CoverStoredAsync(Extent extent)
    {
        // What an earlier call has dealt with is still in the store: look behind it.
        long at = Math.Max(extent.Start, consumedTo);
        if (at >= extent.End)
        {
            return extent.End;
        }

        ContentKeys.Extent(to, ino, long.MaxValue);
        do
        {
            ContentKeys.Extent(from, ino, at + 1);
            await store.ScanAsync(from, to, page);
            foreach (ScanPage.Entry entry in page)
            {
                Extent old = Extent.Decode(entry.Key, entry.Value);
                if (old.Start >= extent.End)
                {
                    return extent.End;
                }

                if (!HasRoom(StoreLimits.MaxValue))
                {
                    return Math.Max(old.Start, extent.Start);
                }

                Cover(old, old.Kind == ExtentKind.Inline ? entry.Value[1..] : default, extent);
                at = old.End;
                if (at >= extent.End)
                {
                    return extent.End;
                }
            }
        }
        while (!page.Complete);
        return extent.End;
    }

    /// <summary>Takes from an old extent what the new one covers: a left part is put, a right part becomes the tail.</summary>
    private void Cover(Extent old, ReadOnlySpan<byte> content, Extent added)
    {
        bool wasTail = hasTail;
        hasTail = false;
        consumedTo = old.End;
        if (old.End <= added.Start)
        {
            // Only a tail can lie wholly before: nothing covers the rest of it.
            PutPiece(old, content);
            return;
        }

        long coveredStart = Math.Max(old.Start, added.Start);
        long coveredEnd = Math.Min(old.End, added.End);
        Remove(old.Kind, old.Block, (int)(coveredEnd - coveredStart));
        if (!wasTail && old.Kind == ExtentKind.Inline)
        {
            InlineDelta -= ContentLimits.InlineOverhead;
        }

        if (old.Start < added.Start)
        {
            PutPiece(old.Slice(old.Start, added.Start), Part(old, content, old.Start, added.Start));
        }

        if (old.End > added.End)
        {
            hasTail = true;
            ReadOnlySpan<byte> rest = Part(old, content, added.End, old.End);
            rest.CopyTo(tailContent);
            tail = old.Slice(added.End, old.End);
            return;
        }

        ContentKeys.Extent(key, ino, old.End);
        batch.Delete(key);
    }

    private static ReadOnlySpan<byte> Part(in Extent old, ReadOnlySpan<byte> content, long start, long end) =>
        old.Kind == ExtentKind.Inline ? content[(int)(start - old.Start)..(int)(end - old.Start)] : default;

    private void FlushTail()
    {
        if (hasTail)
        {
            PutPiece(tail, tailContent);
            hasTail = false;
        }
    }

    /// <summary>Writes a part of an old extent under its new end: its bytes stay alive where they are.</summary>
    private void PutPiece(Extent piece, ReadOnlySpan<byte> content)
    {
        if (piece.Kind == ExtentKind.Inline)
        {
            InlineDelta += ContentLimits.InlineOverhead;
            PutInline(piece, content[..piece.Length]);
            return;
        }

        if (piece.Kind == ExtentKind.Lost)
        {
            PutLost(piece);
            return;
        }

        PutBlock(piece);
    }

    private void Put(NewExtent added)
    {
        if (added.Extent.Kind == ExtentKind.Lost)
        {
            PutLost(added.Extent);
            return;
        }

        LiveDelta += added.Extent.Length;
        if (added.Extent.Kind == ExtentKind.Inline)
        {
            InlineDelta += added.Inline.Length + ContentLimits.InlineOverhead;
            PutInline(added.Extent, added.Inline.Span);
            return;
        }

        ledger.Add(added.Extent.Block, added.Extent.Length, added.Claim);
        PutBlock(added.Extent);
    }

    /// <summary>What is lost counts nowhere: it lives in no block.</summary>
    private void Remove(ExtentKind kind, BlockReference block, int bytes)
    {
        if (kind == ExtentKind.Lost)
        {
            return;
        }

        LiveDelta -= bytes;
        if (kind == ExtentKind.Inline)
        {
            InlineDelta -= bytes;
            return;
        }

        ledger.Add(block, -bytes, BlockClaim.Owned);
    }

    private void PutInline(in Extent extent, ReadOnlySpan<byte> content)
    {
        value[0] = (byte)ExtentKind.Inline;
        content.CopyTo(value.AsSpan(1));
        ContentKeys.Extent(key, ino, extent.End);
        batch.Put(key, value.AsSpan(0, 1 + content.Length));
    }

    private void PutLost(in Extent extent)
    {
        extent.EncodeLost(value);
        ContentKeys.Extent(key, ino, extent.End);
        batch.Put(key, value.AsSpan(0, Extent.LostValueLength));
    }

    private void PutBlock(in Extent extent)
    {
        extent.EncodeBlock(value);
        ContentKeys.Extent(key, ino, extent.End);
        batch.Put(key, value.AsSpan(0, Extent.BlockValueLength));
    }

    /// <summary>An empty batch has room for something, so that each gets ahead.</summary>
    private bool HasRoom(int bytes) =>
        batch.Count + ledger.Count < Math.Max(MaxEntries, 1)
        && batch.Length + ledger.EncodedBound + bytes + ContentLimits.BatchMargin <= StoreLimits.MaxBatch;
}
