namespace Tessera.Core.Stores;

/// <summary>The one seam below the engine: an ordered map and a space of immutable blocks, changed together by batches.</summary>
/// <remarks>
/// <para>Keys are bytes, ordered as memcmp orders them. Every commit has a place in one order; a get or scan that starts after a commit
/// completed sees it. A scan is not a snapshot: it sees each key at some moment between its start and its end.</para>
/// <para>Nothing is lent by the store: values are copied into the caller's buffers. Calls may run at once from any thread; they complete
/// synchronously where the answer is in memory and otherwise may block the thread after <see cref="Blocking.Announce"/>.</para>
/// <para>Faults of the medium (an unreadable or forged node or block) are <see cref="StoreDamageException"/>; never wrong bytes.</para>
/// </remarks>
public interface IVolumeStore : IAsyncDisposable
{
    /// <summary>Longest content of one block of this store, bytes: 4096 to <see cref="StoreLimits.MaxBlock"/>, mostly a power of two; with parity what a stripe holds.</summary>
    int MaxBlockLength { get; }

    /// <summary>Whether every commit from now on is refused with <see cref="CommitStatus.ReadOnly"/>: opened so, or turned so by a fault. A store that turned so stays so.</summary>
    bool IsReadOnly { get; }

    /// <summary>Looks a key up and copies its value into <paramref name="destination"/>.</summary>
    ValueTask<StoreEntry> GetAsync(ReadOnlyMemory<byte> key, Memory<byte> destination);

    /// <summary>Fills <paramref name="page"/> with entries of [<paramref name="from"/>, <paramref name="to"/>) in order, until the page is full or
    /// the range ends; <see cref="ScanPage.Complete"/> tells which. To go on, scan from the successor of the page's last key.</summary>
    ValueTask ScanAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, ScanPage page);

    /// <summary>Reads <paramref name="destination"/>.Length bytes of a block's content from <paramref name="offset"/>. The range must lie within the block.</summary>
    ValueTask ReadBlockAsync(BlockReference block, int offset, Memory<byte> destination);

    /// <summary>Reads all of each of several blocks, one behind the other into <paramref name="destination"/>, which is as long as they are together. As
    /// <see cref="ReadBlockAsync"/> of each in turn, and fails when one of those would: then nothing is known of the destination.</summary>
    async ValueTask ReadBlocksAsync(ReadOnlyMemory<BlockReference> run, Memory<byte> destination)
    {
        for (int i = 0; i < run.Length; i++)
        {
            int length = (int)run.Span[i].Length;
            await ReadBlockAsync(run.Span[i], 0, destination[..length]);
            destination = destination[length..];
        }
    }

    /// <summary>Writes a new block (1–<see cref="MaxBlockLength"/> bytes) to free space. It belongs to nobody until a batch claims it, and is durable at the latest
    /// when a batch that claims it is. Null when there is no free run of that
    /// length: a shorter block may still fit. A block that will not be claimed is given back by <see cref="DiscardBlock"/>.</summary>
    ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content);

    /// <summary>Writes new blocks, as <see cref="WriteBlockAsync"/> of each in turn until there is no room for one: as many as there are places for references.</summary>
    /// <param name="content">What is in them, one behind the other.</param>
    /// <param name="bytesEach">How much is in each; the last has the rest.</param>
    /// <param name="blocks">Takes their references.</param>
    /// <returns>How many were written, from the first on. When it throws, nothing is known of those.</returns>
    async ValueTask<int> WriteBlocksAsync(ReadOnlyMemory<byte> content, int bytesEach, Memory<BlockReference> blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            int start = i * bytesEach;
            if (await WriteBlockAsync(content.Slice(start, Math.Min(bytesEach, content.Length - start))) is not { } block)
            {
                return i;
            }

            blocks.Span[i] = block;
        }

        return blocks.Length;
    }

    /// <summary>Gives back a block that was written but never claimed.</summary>
    void DiscardBlock(BlockReference block);

    /// <summary>Applies a batch: all or nothing, in one order with all others. The batch is the caller's again when the task completes.</summary>
    ValueTask<CommitResult> CommitAsync(StoreBatch batch);

    /// <summary>Completes when every commit up to <paramref name="sequence"/> survives a power cut. Throws <see cref="IOException"/> when the medium failed: then it does not.</summary>
    ValueTask MakeDurableAsync(ulong sequence);

    StoreStatistics GetStatistics();

    /// <summary>Puts what is committed in its place, so that <see cref="GetStatistics"/> need not withhold room for it. May take as long as a checkpoint.</summary>
    ValueTask SettleAsync();

    /// <summary>Puts what the store keeps its entries near the key in somewhere else, when it next writes there anyway, so that what nobody changes does not stay
    /// where it is for ever. False when it is asked too often for that; a store whose places say nothing ignores it.</summary>
    bool TryMoveNear(ReadOnlyMemory<byte> key) => true;

    /// <summary>Whether the block is sealed under a key that the store is giving up: to be written anew, with the same content, by whoever's extents name it.</summary>
    bool IsOutdated(BlockReference block) => false;
}
