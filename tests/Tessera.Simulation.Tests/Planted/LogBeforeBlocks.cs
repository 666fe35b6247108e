using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>A sync makes the log durable, and not the blocks that its records name.</summary>
internal sealed class LogBeforeBlocks : PlantedBug
{
    private Medium? last;

    public override IMedium Wrap(IMedium medium) => last = new Medium(medium);

    public override void MakeDurable(ContainerStore store, ulong sequence)
    {
        last!.IsSyncing = true;
        base.MakeDurable(store, sequence);
        last!.IsSyncing = false;
    }

    private sealed class Medium(IMedium inner) : MediumDecorator(inner)
    {
        private readonly List<(long Offset, byte[] Data)> appends = [];

        public bool IsSyncing { get; set; }

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            base.Write(offset, data, mode);
            if (mode == WriteMode.Cached)
            {
                appends.Add((offset, data.ToArray()));
            }
        }

        public override void Flush()
        {
            if (IsSyncing)
            {
                appends.ForEach(append => base.Write(append.Offset, append.Data, WriteMode.Durable));
            }
            else
            {
                base.Flush();
            }

            appends.Clear();
        }
    }
}
