namespace Tessera.Testing.Simulation;

/// <summary>Decides, for the operations since the last good flush, which of their sectors a power cut leaves on the disk.</summary>
internal sealed class CutLuck
{
    private readonly PowerCut cut;
    private readonly ReadOnlyMemory<DiskOperation> operations;
    private readonly int first;
    private readonly int eighths;
    private readonly int chosen = -1;
    private readonly int chosenSector = -1;

    /// <param name="operations">Everything since the last good flush, up to and including the one in flight.</param>
    /// <param name="first">The place of the first of them in the trace.</param>
    /// <param name="cut">The cut.</param>
    public CutLuck(ReadOnlyMemory<DiskOperation> operations, int first, PowerCut cut)
    {
        this.operations = operations;
        this.first = first;
        this.cut = cut;

        // One disk that had written back nearly all, one nearly nothing, one about half: each leaves other holes.
        eighths = (SeededHash.Of(cut.Seed, -1) % 3) switch { 0 => 1, 1 => 4, _ => 7 };
        if (cut.Mode is CutMode.AllButOne or CutMode.Prefix)
        {
            (chosen, chosenSector) = ChooseOne();
        }
    }

    /// <summary>Whether nothing is left to luck: the write was durable, and complete when the power went.</summary>
    public static bool IsSettled(DiskOperation operation, int index, in PowerCut cut) =>
        operation is { Kind: DiskOperations.DurableWrite, Failed: false } && index < cut.Operation;

    public bool Survives(int index, int sector)
    {
        DiskOperation operation = operations.Span[index - first];
        if (IsSettled(operation, index, cut))
        {
            return true;
        }

        if (operation.Verdict is { } verdict && verdict.Flush < cut.Operation)
        {
            return SeededHash.Coin(SeededHash.Of(verdict.Seed, index, sector));
        }

        return cut.Mode switch
        {
            CutMode.Sectors => SeededHash.Coin(SeededHash.Of(cut.Seed, index, sector), eighths),
            CutMode.Writes => SeededHash.Coin(SeededHash.Of(cut.Seed, index), eighths),
            CutMode.AllButOne => index != chosen || (chosenSector >= 0 && sector != chosenSector),
            CutMode.Prefix => index < chosen || (index == chosen && sector < chosenSector),
            CutMode.Nothing => false,
            CutMode.Everything => true,
            _ => throw new InvalidOperationException($"No such mode: {cut.Mode}."),
        };
    }

    /// <summary>The victim of <see cref="CutMode.AllButOne"/>, or where the order of <see cref="CutMode.Prefix"/> breaks off.</summary>
    private (int Index, int Sector) ChooseOne()
    {
        List<int> pending = [];
        for (int i = 0; i < operations.Length; i++)
        {
            DiskOperation operation = operations.Span[i];
            if (operation.Kind != DiskOperations.Flush && !IsSettled(operation, first + i, cut))
            {
                pending.Add(i);
            }
        }

        if (pending.Count == 0)
        {
            return (-1, -1);
        }

        ulong hash = SeededHash.Of(cut.Seed, -2);
        int index = pending[SeededHash.Below(hash, pending.Count)];
        int sector = SeededHash.Below(SeededHash.Mix(hash), Math.Max(operations.Span[index].Sectors, 1));
        bool whole = cut.Mode == CutMode.AllButOne && SeededHash.Coin(SeededHash.Of(cut.Seed, -3));
        return (first + index, whole ? -1 : sector);
    }
}
