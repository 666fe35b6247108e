namespace Tessera.Container.Backup;

/// <summary>Counts, by birth, the blocks that were written and belong to nobody yet, so that a root can say below which birth it has them all.</summary>
/// <remarks>
/// A block's birth is the generation that was to come when it was written. It may be claimed several checkpoints later: then it is new to a root
/// although its birth is older than the root before. So births alone do not tell an increment what the last backup has; the floor does.
/// </remarks>
internal sealed class UnclaimedBlocks
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, int> counts = [];

    /// <summary>Notes blocks about to be written; their birth. Birth and note are one step: no floor can come between.</summary>
    /// <param name="nextGeneration">The generation of the next root, asked under the lock.</param>
    /// <param name="blocks">How many.</param>
    public ulong Begin(Func<ulong> nextGeneration, int blocks = 1)
    {
        lock (gate)
        {
            ulong birth = nextGeneration();
            counts[birth] = counts.GetValueOrDefault(birth) + blocks;
            return birth;
        }
    }

    /// <summary>Blocks were claimed, or will never be.</summary>
    public void End(ulong birth, int blocks = 1)
    {
        if (blocks == 0)
        {
            return;
        }

        lock (gate)
        {
            if (counts.TryGetValue(birth, out int count) && count > blocks)
            {
                counts[birth] = count - blocks;
            }
            else
            {
                counts.Remove(birth);
            }
        }
    }

    /// <summary>Under the commit lock, while <paramref name="generation"/> is frozen: every block with a birth below the result that is ever claimed is claimed in it.</summary>
    public ulong Floor(ulong generation)
    {
        lock (gate)
        {
            ulong floor = generation;
            foreach (ulong birth in counts.Keys)
            {
                floor = Math.Min(floor, birth);
            }

            return floor;
        }
    }
}
