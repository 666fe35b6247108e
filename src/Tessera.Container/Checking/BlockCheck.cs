using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Scrubbing;
using Tessera.Core.Stores;

namespace Tessera.Container.Checking;

/// <summary>Reaches and authenticates the blocks that entries own.</summary>
internal sealed class BlockCheck(BlockStore blocks, SlotLedger ledger, CheckJournal journal, CheckOptions options, ParityMedium? parity)
{
    private readonly AlignedBuffer buffer = new(BlockStore.MaxSlots * Geometry.SlotSize);

    public long Entries { get; private set; }

    public long Blocks { get; private set; }

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Entries++;
        if (options.Blocks is null || !options.Blocks(key, value, out BlockReference block))
        {
            return;
        }

        Blocks++;
        string name = Convert.ToHexString(key);
        if (block.Length is 0 or > StoreLimits.MaxBlock || !SlotAddress.IsRun(block.Address, BlockStore.SlotsOf(block.Length), ledger.Groups))
        {
            journal.Add(new Finding(FindingKind.BlockDamaged, FindingSeverity.DataLost, "A block reference makes no sense.", block.Address, name));
            return;
        }

        int slots = BlockStore.SlotsOf(block.Length);
        ledger.Reach(block.Address, slots, "a block", name);
        if (!options.ReadBlocks && !(options.ReadStripes && parity is not null))
        {
            return;
        }

        try
        {
            Span<byte> stored = buffer.Span[..(slots * Geometry.SlotSize)];
            blocks.ReadStored(block, stored);
            if (parity?.Mend(SlotAddress.Offset(block.Address), stored, write: false) is > 0 and var damaged)
            {
                journal.Add(TreeScrub.StripeDamage(damaged, block.Address, name));
            }
        }
        catch (StoreDamageException damage) when (options.ReadBlocks)
        {
            journal.Add(new Finding(FindingKind.BlockDamaged, FindingSeverity.DataLost, damage.Message, block.Address, name));
        }
        catch (StoreDamageException)
        {
            // Who asked for stripes alone reads the blocks otherwise, and names the files.
        }
    }
}
