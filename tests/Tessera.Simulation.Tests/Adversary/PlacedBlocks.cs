using Tessera.Container.Format;
using Tessera.Core.Stores;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>Notes where blocks of data were really put: what the watcher would like to know.</summary>
internal sealed class PlacedBlocks(IVolumeStore inner) : VolumeStoreDecorator(inner)
{
    private readonly Lock _gate = new();
    private HashSet<long> _slots = [];

    public override async ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content)
    {
        BlockReference? block = await base.WriteBlockAsync(content);
        lock (_gate)
        {
            if (block is { } placed)
            {
                _slots.Add(SlotAddress.Offset(placed.Address) / Geometry.SlotSize);
            }
        }

        return block;
    }

    public IReadOnlySet<long> Take()
    {
        lock (_gate)
        {
            HashSet<long> taken = _slots;
            _slots = [];
            return taken;
        }
    }
}
