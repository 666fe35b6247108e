using Tessera.Core.Stores;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>A planted bug: what does not authenticate reads as zeros.</summary>
internal sealed class ZeroingStore(IVolumeStore inner) : IVolumeStore
{
    public int MaxBlockLength => inner.MaxBlockLength;

    public bool IsReadOnly => inner.IsReadOnly;

    public ValueTask<StoreEntry> GetAsync(ReadOnlyMemory<byte> key, Memory<byte> destination) => inner.GetAsync(key, destination);

    public ValueTask ScanAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, ScanPage page) => inner.ScanAsync(from, to, page);

    public async ValueTask ReadBlockAsync(BlockReference block, int offset, Memory<byte> destination)
    {
        try
        {
            await inner.ReadBlockAsync(block, offset, destination);
        }
        catch (StoreDamageException)
        {
            destination.Span.Clear(); // The bug.
        }
    }

    public ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content) => inner.WriteBlockAsync(content);

    public bool TryMoveNear(ReadOnlyMemory<byte> key) => inner.TryMoveNear(key);

    public bool IsOutdated(BlockReference block) => inner.IsOutdated(block);

    public void DiscardBlock(BlockReference block) => inner.DiscardBlock(block);

    public ValueTask<CommitResult> CommitAsync(StoreBatch batch) => inner.CommitAsync(batch);

    public ValueTask MakeDurableAsync(ulong sequence) => inner.MakeDurableAsync(sequence);

    public StoreStatistics GetStatistics() => inner.GetStatistics();

    public ValueTask SettleAsync() => inner.SettleAsync();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
