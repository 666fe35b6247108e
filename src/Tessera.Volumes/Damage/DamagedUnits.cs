using System.Collections;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Damage;

/// <summary>Tells which units of a block cannot be read: damage costs what is sealed together, not the whole block.</summary>
internal sealed class DamagedUnits(IVolumeStore store)
{
    /// <summary>Bytes sealed together (docs/format/container.md, Blocks).</summary>
    public const int UnitSize = 4096;

    /// <summary>Blocks whose units are remembered: several extents may lie in one.</summary>
    private const int MaxKept = 256;
    private readonly Dictionary<ulong, BitArray> known = [];
    private readonly byte[] unit = new byte[UnitSize];

    /// <summary>A bit for each unit: it cannot be read.</summary>
    public async ValueTask<BitArray> OfAsync(BlockReference block)
    {
        if (known.TryGetValue(block.Address, out BitArray? units))
        {
            return units;
        }

        units = new BitArray((int)((block.Length + UnitSize - 1) / UnitSize));
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = !await IsReadableAsync(block, i * UnitSize);
        }

        if (known.Count == MaxKept)
        {
            known.Clear();
        }

        known.Add(block.Address, units);
        return units;
    }

    private async ValueTask<bool> IsReadableAsync(BlockReference block, int offset)
    {
        try
        {
            await store.ReadBlockAsync(block, offset, unit.AsMemory(0, (int)Math.Min(UnitSize, block.Length - offset)));
            return true;
        }
        catch (StoreDamageException)
        {
            return false; // What the caller wants to know.
        }
    }
}
