using Tessera.Container;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>A released block's slots are free at once, while roots that name it are still kept.</summary>
internal sealed class EarlyReuse : PlantedBug
{
    public override void Released(ContainerStore store, BlockReference block) => store.DiscardBlock(block);
}
