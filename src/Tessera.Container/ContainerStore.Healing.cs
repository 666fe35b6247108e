using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Scrubbing;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;

namespace Tessera.Container;

/// <summary>Healing: what has one whole copy of two is written anew by a checkpoint, to new places (docs/guide/checking.md, Scrub).</summary>
public sealed partial class ContainerStore
{
    /// <summary>Ways to a leaf that one checkpoint writes anew at most: each takes as many nodes as the tree is high.</summary>
    internal const int MaxRewrites = 64;
    private IReadOnlyList<byte[]> rewrites = [];
    private readonly NodeMoves moves = new();
    private bool rewritesChains;

    public bool TryMoveNear(ReadOnlyMemory<byte> key) => moves.TryAdd(key.Span);

    /// <summary>Commits that no root holds yet.</summary>
    internal Memtable NewerEntries => view.Active;

    /// <summary>The root as it is, for whoever reads a store that writes nothing.</summary>
    internal RootPin HoldRoot() => options.ReadOnly ? new RootPin(Root, 0, static _ => { }) : PinRoot();

    /// <summary>Writes every node on the way to these keys anew, and the chains if asked, with a checkpoint.</summary>
    /// <param name="keys">In ascending order, at most <see cref="MaxRewrites"/>.</param>
    /// <param name="chains">The sessions and the log map too.</param>
    /// <param name="keepsReserve">What is kept back for deletes and checkpoints is no room for it.</param>
    /// <returns>False when there is no room for it, or the store is read-only.</returns>
    internal bool Rewrite(IReadOnlyList<byte[]> keys, bool chains, bool keepsReserve = false)
    {
        using (Held.Enter(checkpointGate))
        {
            if (IsReadOnly || (space.FreeSlots - (keepsReserve ? space.ReserveSlots : 0) < CheckpointNeed.OfRewriting(view, keys.Count) * space.NeedFactor && !space.TryGrow()))
            {
                return false;
            }

            try
            {
                rewrites = keys;
                rewritesChains = chains;
                Checkpoint(clean: false);
            }
            finally
            {
                rewrites = [];
                rewritesChains = false;
            }

            return !IsReadOnly;
        }
    }

    /// <summary>Checks what lies at fixed places while no checkpoint changes it; what one whole copy can heal is healed when asked.</summary>
    internal void CheckFixed(CheckJournal journal)
    {
        using (Held.Enter(checkpointGate))
        {
            var check = new FixedCheck(medium, Header.Places, journal);
            check.CheckHeader();
            check.CheckRoots(roots, Root);
        }
    }

    /// <summary>Writes the whole copy of the header over the other, and both kept roots anew. The header never changes: a torn write of the damaged
    /// copy costs nothing.</summary>
    internal void HealFixed()
    {
        using (Held.Enter(checkpointGate))
        {
            HeaderHealing.Heal(medium, Header.Places);
            Checkpoint(clean: false);
            Checkpoint(clean: false);
        }
    }
}
