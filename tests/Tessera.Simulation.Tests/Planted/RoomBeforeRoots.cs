using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Space;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>The new room of a container that is being grown is used before any root says that it is there.</summary>
internal sealed class RoomBeforeRoots : PlantedBug
{
    private const long MostSize = 512L << 20;

    public override void Grow(StoreWorkload workload)
    {
        SpaceMap space = workload.Store.Parts.Space;
        if (workload.Store.Root.SizeLimit is 0 or > MostSize)
        {
            return;
        }

        space.Promise(space.PromisedLimit + Geometry.GroupSize);
        space.KeepPromise();
        space.TryGrow();
    }
}
