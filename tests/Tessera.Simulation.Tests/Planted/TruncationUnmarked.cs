using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>A truncation that takes several commits leaves no mark that it is under way: what lies behind the new end stays after a crash.</summary>
internal sealed class TruncationUnmarked : PlantedBug
{
    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store);

    private sealed class Store(IVolumeStore inner) : VolumeStoreDecorator(inner)
    {
        public override ValueTask<CommitResult> CommitAsync(StoreBatch batch) =>
            base.CommitAsync(Part(batch, static operation => operation.Kind != StoreBatch.Kind.Put || operation.Key[0] != (byte)KeyTag.Truncation));
    }
}
