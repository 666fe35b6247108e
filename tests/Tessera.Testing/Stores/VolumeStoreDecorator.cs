using Tessera.Core.Stores;

namespace Tessera.Testing.Stores;

/// <summary>Passes everything on to another store; kinds of it change one thing.</summary>
public class VolumeStoreDecorator(IVolumeStore inner) : IVolumeStore
{
    /// <summary>Whether an operation of a batch is to stay in it.</summary>
    public delegate bool Keeps(StoreBatch.Operation operation);

    public int MaxBlockLength => inner.MaxBlockLength;

    public bool IsReadOnly => inner.IsReadOnly;

    public virtual ValueTask<StoreEntry> GetAsync(ReadOnlyMemory<byte> key, Memory<byte> destination) => inner.GetAsync(key, destination);

    public virtual ValueTask ScanAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, ScanPage page) => inner.ScanAsync(from, to, page);

    public virtual ValueTask ReadBlockAsync(BlockReference block, int offset, Memory<byte> destination) => inner.ReadBlockAsync(block, offset, destination);

    public virtual ValueTask ReadBlocksAsync(ReadOnlyMemory<BlockReference> run, Memory<byte> destination) => inner.ReadBlocksAsync(run, destination);

    public virtual ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content) => inner.WriteBlockAsync(content);

    public virtual ValueTask<int> WriteBlocksAsync(ReadOnlyMemory<byte> content, int bytesEach, Memory<BlockReference> blocks) => inner.WriteBlocksAsync(content, bytesEach, blocks);

    public virtual void DiscardBlock(BlockReference block) => inner.DiscardBlock(block);

    public virtual ValueTask<CommitResult> CommitAsync(StoreBatch batch) => inner.CommitAsync(batch);

    public virtual ValueTask MakeDurableAsync(ulong sequence) => inner.MakeDurableAsync(sequence);

    public StoreStatistics GetStatistics() => inner.GetStatistics();

    public ValueTask SettleAsync() => inner.SettleAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    /// <summary>A batch with some of another's operations.</summary>
    protected static StoreBatch Part(StoreBatch batch, Keeps keeps)
    {
        var part = new StoreBatch { MayUseReserve = batch.MayUseReserve };
        foreach (StoreBatch.Operation operation in batch)
        {
            if (keeps(operation))
            {
                Append(part, operation);
            }
        }

        return part;
    }

    private static void Append(StoreBatch batch, StoreBatch.Operation operation)
    {
        switch (operation.Kind)
        {
            case StoreBatch.Kind.CheckVersion:
                batch.CheckVersion(operation.Key, operation.Number);
                break;
            case StoreBatch.Kind.CheckAbsent:
                batch.CheckAbsent(operation.Key);
                break;
            case StoreBatch.Kind.CheckPrefixEmpty:
                batch.CheckPrefixEmpty(operation.Key);
                break;
            case StoreBatch.Kind.Put:
                batch.Put(operation.Key, operation.Value);
                break;
            case StoreBatch.Kind.Delete:
                batch.Delete(operation.Key);
                break;
            case StoreBatch.Kind.Add:
                batch.Add(operation.Key, operation.Offset, (long)operation.Number);
                break;
            case StoreBatch.Kind.Max:
                batch.Max(operation.Key, operation.Offset, (long)operation.Number);
                break;
            case StoreBatch.Kind.Set:
                batch.Set(operation.Key, operation.Offset, (long)operation.Number);
                break;
            case StoreBatch.Kind.ClaimBlock:
                batch.ClaimBlock(operation.Block);
                break;
            case StoreBatch.Kind.ReleaseBlock:
                batch.ReleaseBlock(operation.Block);
                break;
            default:
                throw new InvalidOperationException($"No such operation: {operation.Kind}.");
        }
    }

    public virtual bool TryMoveNear(ReadOnlyMemory<byte> key) => inner.TryMoveNear(key);

    public virtual bool IsOutdated(BlockReference block) => inner.IsOutdated(block);
}
