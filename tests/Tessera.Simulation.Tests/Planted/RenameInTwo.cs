using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>A rename takes the old name away by a commit of its own.</summary>
internal sealed class RenameInTwo : PlantedBug
{
    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store);

    private sealed class Store(IVolumeStore inner) : VolumeStoreDecorator(inner)
    {
        public override async ValueTask<CommitResult> CommitAsync(StoreBatch batch)
        {
            StoreBatch removals = Part(batch, static operation => operation.Kind == StoreBatch.Kind.Delete && operation.Key[0] == (byte)KeyTag.Entry);
            StoreBatch additions = Part(batch, static operation => operation.Kind == StoreBatch.Kind.Put && operation.Key[0] == (byte)KeyTag.Entry);
            if (removals.Count == 0 || additions.Count == 0)
            {
                return await base.CommitAsync(batch);
            }

            await base.CommitAsync(removals);
            return await base.CommitAsync(Part(batch, static operation => operation.Kind != StoreBatch.Kind.CheckVersion));
        }
    }
}
