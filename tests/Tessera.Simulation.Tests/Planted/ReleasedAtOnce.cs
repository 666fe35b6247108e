using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>The blocks of what is overwritten or deleted are free at once, while roots that name them are still kept.</summary>
internal sealed class ReleasedAtOnce : PlantedBug
{
    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store);

    private sealed class Store(IVolumeStore inner) : VolumeStoreDecorator(inner)
    {
        public override async ValueTask<CommitResult> CommitAsync(StoreBatch batch)
        {
            CommitResult result = await base.CommitAsync(batch);
            if (result.Status == CommitStatus.Committed)
            {
                DiscardReleased(batch);
            }

            return result;
        }

        private void DiscardReleased(StoreBatch batch)
        {
            foreach (StoreBatch.Operation operation in batch)
            {
                if (operation.Kind == StoreBatch.Kind.ReleaseBlock)
                {
                    DiscardBlock(operation.Block);
                }
            }
        }
    }
}
