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
        if (block is { } placed)
        {
            Note([placed]);
        }

        return block;
    }

    public override async ValueTask<int> WriteBlocksAsync(ReadOnlyMemory<byte> content, int bytesEach, Memory<BlockReference> blocks)
    {
        int written = await base.WriteBlocksAsync(content, bytesEach, blocks);
        Note(blocks.Span[..written]);
        return written;
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

    private void Note(ReadOnlySpan<BlockReference> blocks)
    {
        lock (_gate)
        {
            foreach (BlockReference block in blocks)
            {
                _slots.Add(SlotAddress.Offset(block.Address) / Geometry.SlotSize);
            }
        }
    }
}
