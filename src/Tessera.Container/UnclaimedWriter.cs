using Tessera.Container.Backup;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Writes blocks that no batch has claimed yet, and notes that they are under way: what is born in an older generation may still be claimed.</summary>
/// <param name="blocks">Where they go.</param>
/// <param name="unclaimed">Where they are noted.</param>
/// <param name="nextGeneration">The generation of the next root.</param>
internal sealed class UnclaimedWriter(BlockStore blocks, UnclaimedBlocks unclaimed, Func<ulong> nextGeneration)
{
    /// <summary>Writes as many as go together, from the first on.</summary>
    /// <param name="content">What is in them, one behind the other.</param>
    /// <param name="bytesEach">How much is in each; the last may have less.</param>
    /// <param name="written">Takes their references: as many as there are.</param>
    /// <returns>How many were written: 0 when there is no room for the first.</returns>
    public int Write(ReadOnlySpan<byte> content, int bytesEach, Span<BlockReference> written)
    {
        int together = blocks.CountTogether(bytesEach, written.Length);
        ulong birth = unclaimed.Begin(nextGeneration, together);
        int done = 0;
        try
        {
            return done = blocks.Write(content, bytesEach, birth, written[..together]);
        }
        finally
        {
            unclaimed.End(birth, together - done);
        }
    }

    /// <summary>Gives a block back that nobody will claim.</summary>
    public void Discard(BlockReference block)
    {
        blocks.Discard(block);
        unclaimed.End(block.Birth);
    }
}
