using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Core.Stores;

namespace Tessera.Container.Checking;

/// <summary>What the log adds to a root: its puts in a table, its claims and releases in a list. The same replay that opens a volume.</summary>
internal sealed class LogCheck(BlockStore blocks, uint groups) : ILogTarget
{
    /// <summary>Puts and deletes newer than the tree.</summary>
    public Memtable Table { get; private set; } = new();

    public SpaceChanges Changes { get; private set; } = blocks.NewChanges();

    /// <summary>The last commit; 0 when there is none.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>A log with a hole is not believed at all: the root alone is whole.</summary>
    public void Forget()
    {
        Table = new Memtable();
        Changes = blocks.NewChanges();
    }

    bool ILogTarget.VerifyBlock(BlockReference block) => blocks.Verify(block);

    void ILogTarget.Redo(in LoggedOperation operation)
    {
        LastSequence = Math.Max(LastSequence, operation.Sequence);
        switch (operation.Kind)
        {
            case StagedCommits.Operation.Put:
                Table.Put(operation.Key, operation.Value, operation.Sequence);
                break;
            case StagedCommits.Operation.Delete:
                Table.Delete(operation.Key, operation.Sequence);
                break;
            case StagedCommits.Operation.Claim:
                BlockReference claimed = CheckRun(operation.Value);
                Changes.Take(claimed.Address, BlockStore.SlotsOf(claimed.Length));
                break;
            case StagedCommits.Operation.Release:
                BlockReference released = CheckRun(operation.Value);
                Changes.GiveUp(released.Address, BlockStore.SlotsOf(released.Length));
                break;
            default:
                throw new ContainerFormatException(FormatFault.NewerFormat, $"The log holds an operation this program does not know ({operation.Kind}).");
        }
    }

    private BlockReference CheckRun(ReadOnlySpan<byte> encoded)
    {
        BlockReference block = encoded.Length == BlockReference.Size ? BlockReference.Decode(encoded) : default;
        return block.Length is > 0 and <= StoreLimits.MaxBlock && SlotAddress.IsRun(block.Address, BlockStore.SlotsOf(block.Length), groups)
            ? block
            : throw new ContainerFormatException(FormatFault.Damaged, "The log names a block outside the volume.");
    }
}
