using Tessera.Container.Format;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;
using Tessera.Testing.Stores;

namespace Tessera.Container.Tests;

/// <summary>The store's contract over the container, on a simulated disk.</summary>
public abstract class ContainerContractTests(TestContainer container) : VolumeStoreContract
{
    protected override ValueTask<IVolumeStore> OpenAsync()
    {
        var disk = new SimulatedDisk(TestContainer.Disk(seed: 7));
        container.Format(disk);
        return new(container.Open(disk.Open(), new ContainerOptions { TableBytes = 256 * 1024 }));
    }
}

public sealed class SealedLocalContractTests() : ContainerContractTests(new(ContainerProfile.Sealed, PlacementKind.Local));

public sealed class PlainLocalContractTests() : ContainerContractTests(new(ContainerProfile.Plain, PlacementKind.Local));

public sealed class SealedScatteredContractTests() : ContainerContractTests(new(ContainerProfile.Sealed, PlacementKind.Scattered));

public sealed class ScatteredContractTests() : ContainerContractTests(new(ContainerProfile.Scattered, PlacementKind.Scattered));
