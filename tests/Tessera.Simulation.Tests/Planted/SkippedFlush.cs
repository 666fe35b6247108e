using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>The root is written without the flush before it: it may name nodes that are not on the disk.</summary>
internal sealed class SkippedFlush : PlantedBug
{
    public override IMedium Wrap(IMedium medium) => new Medium(medium);

    private sealed class Medium(IMedium inner) : MediumDecorator(inner)
    {
        public override void Flush()
        {
            // Here is the bug: nothing happens.
        }
    }
}
