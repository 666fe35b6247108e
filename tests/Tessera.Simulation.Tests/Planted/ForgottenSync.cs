using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>fsync answers before anything is flushed.</summary>
internal sealed class ForgottenSync : PlantedBug
{
    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store);

    private sealed class Store(IVolumeStore inner) : VolumeStoreDecorator(inner)
    {
        public override ValueTask MakeDurableAsync(ulong sequence) => default;
    }
}
