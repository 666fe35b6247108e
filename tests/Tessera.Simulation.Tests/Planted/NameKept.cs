using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>Names are never taken away: once the caches have forgotten it, a deleted file is back.</summary>
internal sealed class NameKept : PlantedBug
{
    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store);

    private sealed class Store(IVolumeStore inner) : VolumeStoreDecorator(inner)
    {
        public override ValueTask<CommitResult> CommitAsync(StoreBatch batch) =>
            base.CommitAsync(Part(batch, static operation => operation.Kind != StoreBatch.Kind.Delete || operation.Key[0] != (byte)KeyTag.Entry));
    }
}
