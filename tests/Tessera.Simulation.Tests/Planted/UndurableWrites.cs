using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>Durable writes are not: a host that takes no notice of RWF_DSYNC.</summary>
internal sealed class UndurableWrites : PlantedBug
{
    public override IMedium Wrap(IMedium medium) => new Medium(medium);

    private sealed class Medium(IMedium inner) : MediumDecorator(inner)
    {
        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) =>
            base.Write(offset, data, mode == WriteMode.Durable ? WriteMode.Cached : mode);
    }
}
