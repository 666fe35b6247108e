using Tessera.Core.Stores;

namespace Tessera.Testing.Stores;

/// <summary>A decorator that counts calls, delays them, refuses commits on demand, and can be severed as a killed daemon is from its
/// disk.</summary>
public sealed class CountingVolumeStore(IVolumeStore inner) : IVolumeStore
{
    private long gets;
    private long scans;
    private long blockReads;
    private long blockWrites;
    private long commits;
    private long durables;
    private int conflicts;
    private readonly Lock killGate = new();
    private volatile bool severed;

    public int MaxBlockLength => inner.MaxBlockLength;

    public bool IsReadOnly => inner.IsReadOnly;

    public long Gets => Interlocked.Read(ref gets);

    public long Scans => Interlocked.Read(ref scans);

    /// <summary>Gets and scans together.</summary>
    public long Reads => Gets + Scans;

    public long BlockReads => Interlocked.Read(ref blockReads);

    public long BlockWrites => Interlocked.Read(ref blockWrites);

    public long Commits => Interlocked.Read(ref commits);

    public long Durables => Interlocked.Read(ref durables);

    /// <summary>What every call waits for before it goes on; null lets it through at once.</summary>
    public Func<Task>? Delay { get; set; }

    /// <summary>Called with each batch before it is applied; a status other than <see cref="CommitStatus.Committed"/> is answered in its
    /// place.</summary>
    public Func<StoreBatch, CommitStatus>? OnCommit { get; set; }

    /// <summary>Scans that begin with such a key find a node that does not authenticate.</summary>
    public Func<ReadOnlyMemory<byte>, bool>? IsDamaged { get; set; }

    /// <summary>Blocks that the store is to give up the key of; null: none.</summary>
    public Func<BlockReference, bool>? Outdated { get; set; }

    /// <summary>Answers blocks with "no room".</summary>
    public bool RefuseBlocks { get; set; }

    /// <summary>Answers the next commits with <see cref="CommitStatus.CheckFailed"/>, as if another machine had been faster.</summary>
    public void ConflictNext(int count) => Volatile.Write(ref conflicts, count);

    /// <summary>From now on nothing reaches the store: every call fails.</summary>
    public void Sever()
    {
        lock (killGate)
        {
            severed = true;
        }
    }

    public void ResetCounts()
    {
        Interlocked.Exchange(ref gets, 0);
        Interlocked.Exchange(ref scans, 0);
        Interlocked.Exchange(ref blockReads, 0);
        Interlocked.Exchange(ref blockWrites, 0);
        Interlocked.Exchange(ref commits, 0);
        Interlocked.Exchange(ref durables, 0);
    }

    public ValueTask<StoreEntry> GetAsync(ReadOnlyMemory<byte> key, Memory<byte> destination)
    {
        Count(ref gets);
        return Delay is null ? inner.GetAsync(key, destination) : Delayed(() => inner.GetAsync(key, destination));
    }

    public async ValueTask ScanAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, ScanPage page)
    {
        Count(ref scans);
        await WaitAsync();
        if (IsDamaged?.Invoke(from) == true)
        {
            throw new StoreDamageException("A node does not authenticate.");
        }

        await inner.ScanAsync(from, to, page);
    }

    public async ValueTask ReadBlockAsync(BlockReference block, int offset, Memory<byte> destination)
    {
        Count(ref blockReads);
        await WaitAsync();
        await inner.ReadBlockAsync(block, offset, destination);
    }

    public ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content)
    {
        Count(ref blockWrites);
        if (RefuseBlocks)
        {
            return new((BlockReference?)null);
        }

        return Delay is null ? inner.WriteBlockAsync(content) : Delayed(() => inner.WriteBlockAsync(content));
    }

    public void DiscardBlock(BlockReference block)
    {
        lock (killGate)
        {
            if (!severed)
            {
                inner.DiscardBlock(block);
            }
        }
    }

    public async ValueTask<CommitResult> CommitAsync(StoreBatch batch)
    {
        Count(ref commits);
        await WaitAsync();
        if (Volatile.Read(ref conflicts) > 0 && Interlocked.Decrement(ref conflicts) >= 0)
        {
            return new CommitResult(CommitStatus.CheckFailed, 0);
        }

        CommitStatus status = OnCommit?.Invoke(batch) ?? CommitStatus.Committed;
        if (status != CommitStatus.Committed)
        {
            return new CommitResult(status, 0);
        }

        ValueTask<CommitResult> commit;
        lock (killGate)
        {
            ThrowIfSevered(); // What was under way when the power went has happened or not, before anybody looks.
            commit = inner.CommitAsync(batch);
        }

        return await commit;
    }

    public async ValueTask MakeDurableAsync(ulong sequence)
    {
        Count(ref durables);
        await WaitAsync();
        await inner.MakeDurableAsync(sequence);
    }

    public bool IsOutdated(BlockReference block) => Outdated?.Invoke(block) ?? inner.IsOutdated(block);

    public StoreStatistics GetStatistics() => inner.GetStatistics();

    public ValueTask SettleAsync() => inner.SettleAsync();

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Count(ref long counter)
    {
        ThrowIfSevered();
        Interlocked.Increment(ref counter);
    }

    private void ThrowIfSevered()
    {
        if (severed)
        {
            throw new IOException("The store was severed.");
        }
    }

    private Task WaitAsync() => Delay?.Invoke() ?? Task.CompletedTask;

    private async ValueTask<T> Delayed<T>(Func<ValueTask<T>> call)
    {
        await WaitAsync();
        return await call();
    }
}
