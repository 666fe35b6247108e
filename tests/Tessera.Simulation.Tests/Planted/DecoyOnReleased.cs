using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>A decoy goes to slots that were released a moment ago, while roots that name them are still kept.</summary>
internal sealed class DecoyOnReleased : PlantedBug
{
    private IMedium? last;

    public override IMedium Wrap(IMedium medium) => last = medium;

    public override void Released(ContainerStore store, BlockReference block)
    {
        byte[] noise = new byte[BlockStore.SlotsOf(block.Length) * Geometry.SlotSize];
        new Random((int)block.Counter).NextBytes(noise);
        last!.Write(SlotAddress.Offset(block.Address), noise, WriteMode.Direct);
    }
}
