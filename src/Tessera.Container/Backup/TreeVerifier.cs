using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Reads every node, both copies, and every block of the root an open container stands on.</summary>
internal sealed class TreeVerifier(ContainerStore store, ProgressMeter meter, Action<string>? report) : ITreeVisitor
{
    private readonly AlignedBuffer scratch = new(BlockStore.MaxSlots * Geometry.SlotSize);

    public long Nodes { get; private set; }

    public long Blocks { get; private set; }

    public long DamagedBlocks { get; private set; }

    /// <exception cref="StoreDamageException">A node is damaged.</exception>
    public void Verify(BlockOwner owner) => new TreeWalker(store.Parts.Nodes, owner, default, this).Walk(store.CurrentTree);

    public void VisitNode(NodeReference reference, ReadOnlySpan<byte> stored)
    {
        if (store.Parts.Nodes.TryReadCopy(reference, copy: 1) is null)
        {
            NoteDamagedCopy(reference, copy: 1);
        }

        Nodes++;
        meter.Add((long)stored.Length * Geometry.Copies);
    }

    public void VisitBlock(BlockReference block)
    {
        try
        {
            store.Blocks.ReadSealed(block, scratch.Span);
            Blocks++;
        }
        catch (StoreDamageException damage)
        {
            DamagedBlocks++;
            report?.Invoke(damage.Message);
        }

        meter.Add(block.Length);
    }

    public void NoteDamagedCopy(NodeReference reference, int copy) => throw new StoreDamageException(
        $"Copy {copy} of a tree node is damaged (level {reference.Level}, address {reference.Placement(copy, 0):x}).");
}
