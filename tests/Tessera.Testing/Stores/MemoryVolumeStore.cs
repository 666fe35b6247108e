using Tessera.Core.Stores;

namespace Tessera.Testing.Stores;

/// <summary>The contract of <see cref="IVolumeStore"/> in memory, strict where a real store may be lenient: a released block is gone at
/// once.</summary>
/// <remarks>One lock over everything. <see cref="DisposeAsync"/> keeps the contents, so that a test may open a volume on the same store
/// again.</remarks>
public sealed partial class MemoryVolumeStore : IVolumeStore
{
    private readonly Lock sync = new();
    private readonly SortedBytesMap map = new();
    private readonly Dictionary<ulong, Block> blocks = [];
    private readonly ulong capacity;
    private readonly ulong reserve;
    private ulong sequence;
    private ulong nextAddress = 1;
    private ulong mapBytes;
    private ulong blockBytes;

    /// <param name="capacity">Bytes of keys, values and blocks it takes.</param>
    /// <param name="reserve">Bytes of them kept for batches that free space.</param>
    public MemoryVolumeStore(ulong capacity = 1UL << 40, ulong reserve = 1 << 20)
    {
        this.capacity = capacity;
        this.reserve = Math.Min(reserve, capacity);
    }

    public int MaxBlockLength => StoreLimits.MaxBlock;

    /// <summary>Commits answer <see cref="CommitStatus.ReadOnly"/>, as after a fault of the medium.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>The highest sequence a caller made durable.</summary>
    public ulong DurableSequence { get; private set; }

    public ulong LastSequence
    {
        get
        {
            lock (sync)
            {
                return sequence;
            }
        }
    }

    public int KeyCount
    {
        get
        {
            lock (sync)
            {
                return map.Count;
            }
        }
    }

    /// <summary>Blocks that belong to the volume.</summary>
    public int ClaimedBlocks => CountBlocks(claimed: true);

    /// <summary>Blocks written and neither claimed nor discarded.</summary>
    public int UnclaimedBlocks => CountBlocks(claimed: false);

    public ValueTask<StoreEntry> GetAsync(ReadOnlyMemory<byte> key, Memory<byte> destination)
    {
        lock (sync)
        {
            SortedBytesMap.Entry? entry = map.Find(key.Span);
            if (entry is null)
            {
                return new(default(StoreEntry));
            }

            if (entry.Value.Length <= destination.Length)
            {
                entry.Value.CopyTo(destination.Span);
            }

            return new(new StoreEntry(true, entry.Value.Length, entry.Version));
        }
    }

    public ValueTask ScanAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, ScanPage page)
    {
        page.Reset();
        lock (sync)
        {
            foreach (SortedBytesMap.Entry entry in map.From(from.ToArray()))
            {
                if (to.Span.SequenceCompareTo(entry.Key) <= 0)
                {
                    break;
                }

                if (!page.TryAdd(entry.Key, entry.Value, entry.Version))
                {
                    return default;
                }
            }

            page.MarkComplete();
            return default;
        }
    }

    public ValueTask ReadBlockAsync(BlockReference block, int offset, Memory<byte> destination)
    {
        byte[] content;
        lock (sync)
        {
            if (!blocks.TryGetValue(block.Address, out Block? found) || found.Reference != block)
            {
                throw new StoreDamageException($"Block at {block.Address} is not the one referred to.");
            }

            if (found.Damaged)
            {
                throw new StoreDamageException($"Block at {block.Address} does not authenticate.");
            }

            content = found.Content;
        }

        content.AsSpan(offset, destination.Length).CopyTo(destination.Span);
        return default;
    }

    public ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfZero(content.Length, nameof(content));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, StoreLimits.MaxBlock, nameof(content));
        lock (sync)
        {
            if (IsReadOnly || mapBytes + blockBytes + (ulong)content.Length > capacity - reserve)
            {
                return new((BlockReference?)null);
            }

            BlockReference reference = new()
            {
                Address = nextAddress,
                Counter = nextAddress + 1_000_000,
                Length = (uint)content.Length,
                Birth = sequence,
                UnitShift = 12,
            };
            nextAddress++;
            blocks.Add(reference.Address, new Block(reference, content.ToArray()));
            blockBytes += (ulong)content.Length;
            return new(reference);
        }
    }

    public void DiscardBlock(BlockReference block)
    {
        lock (sync)
        {
            if (!blocks.TryGetValue(block.Address, out Block? found) || found.Reference != block || found.Claimed)
            {
                throw new InvalidOperationException("Only a block written and not claimed can be discarded.");
            }

            RemoveBlock(block);
        }
    }

    public ValueTask<CommitResult> CommitAsync(StoreBatch batch)
    {
        if (batch.Length > StoreLimits.MaxBatch)
        {
            throw new ArgumentException($"A batch of {batch.Length} bytes is over the limit of {StoreLimits.MaxBatch}.", nameof(batch));
        }

        lock (sync)
        {
            if (IsReadOnly)
            {
                return new(new CommitResult(CommitStatus.ReadOnly, sequence));
            }

            if (!ChecksHold(batch))
            {
                return new(new CommitResult(CommitStatus.CheckFailed, sequence));
            }

            ulong room = capacity - (batch.MayUseReserve ? 0 : reserve);
            if (mapBytes + blockBytes + PutBytes(batch) > room)
            {
                return new(new CommitResult(CommitStatus.NoSpace, sequence));
            }

            sequence++;
            Apply(batch);
            return new(new CommitResult(CommitStatus.Committed, sequence));
        }
    }

    public ValueTask MakeDurableAsync(ulong sequence)
    {
        lock (sync)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, this.sequence);
            DurableSequence = Math.Max(DurableSequence, sequence);
        }

        return default;
    }

    public StoreStatistics GetStatistics()
    {
        lock (sync)
        {
            ulong used = mapBytes + blockBytes;
            ulong usable = capacity - reserve;
            return new StoreStatistics(capacity, used, usable > used ? usable - used : 0, WithheldBytes: 0);
        }
    }

    public ValueTask SettleAsync() => default;

    /// <summary>From now on the block's bytes do not authenticate.</summary>
    public void Damage(ulong address)
    {
        lock (sync)
        {
            blocks[address].Damaged = true;
        }
    }

    /// <summary>Frees the blocks nobody claimed, as a store does when it is opened after a crash.</summary>
    public void ForgetUnclaimed()
    {
        lock (sync)
        {
            foreach (Block block in blocks.Values.Where(block => !block.Claimed).ToList())
            {
                RemoveBlock(block.Reference);
            }
        }
    }

    /// <summary>Every key and value, for tests that look at all of them.</summary>
    public IReadOnlyList<(byte[] Key, byte[] Value)> GetEntries()
    {
        lock (sync)
        {
            return [.. map.From([]).Select(entry => (entry.Key, entry.Value))];
        }
    }

    /// <summary>The blocks the volume owns, for tests that account for every one.</summary>
    public IReadOnlyList<BlockReference> GetClaimedBlocks()
    {
        lock (sync)
        {
            return [.. blocks.Values.Where(block => block.Claimed).Select(block => block.Reference)];
        }
    }

    public ValueTask DisposeAsync() => default;

    private int CountBlocks(bool claimed)
    {
        lock (sync)
        {
            return blocks.Values.Count(block => block.Claimed == claimed);
        }
    }

    private sealed class Block(BlockReference reference, byte[] content)
    {
        public BlockReference Reference { get; } = reference;

        public byte[] Content { get; } = content;

        public bool Claimed { get; set; }

        public bool Damaged { get; set; }
    }
}
