using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>Of the flushes one in so many stores no extents: what was written is a hole once the caches have forgotten it.</summary>
internal sealed class PieceDropped : PlantedBug
{
    private const int OneIn = 8;
    private int flushes;

    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store, this);

    private bool IsDropped() => ++flushes % OneIn == 0;

    private sealed class Store(IVolumeStore inner, PieceDropped bug) : VolumeStoreDecorator(inner)
    {
        public override ValueTask<CommitResult> CommitAsync(StoreBatch batch)
        {
            StoreBatch without = Part(batch, static operation => operation.Kind != StoreBatch.Kind.Put || operation.Key[0] != (byte)KeyTag.Extent);
            return base.CommitAsync(without.Count < batch.Count && bug.IsDropped() ? without : batch);
        }
    }
}
