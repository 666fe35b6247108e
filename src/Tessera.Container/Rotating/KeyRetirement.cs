using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Rotating;

/// <summary>Writes every tree node that is sealed under an older key anew, looks whether anything is left under it, and gives it up
/// (docs/format/container.md, Re-sealing). Whoever changes blocks has done so before.</summary>
/// <remarks>Interrupted at any point, it is begun again: what is done is under the newest key, and is not found again. Commits may go on meanwhile. Roots are pinned
/// while they are walked, and what decides is one root: nothing that is committed later names what this one does not, but what was written since.</remarks>
public static class KeyRetirement
{
    /// <summary>Part of the progress that writing nodes is; the rest is the walk over all leaves.</summary>
    private const double WritingPart = 0.5;

    /// <summary>Pins lost one after the other before it is given up: the volume is too full to hold anything back.</summary>
    private const int MaxLostPins = 16;

    /// <param name="store">Open for writing.</param>
    /// <param name="options">Who owns blocks, progress and pace.</param>
    /// <exception cref="MediumException">There is no room for the nodes, or the medium failed.</exception>
    /// <exception cref="OperationCanceledException">The caller wanted no more.</exception>
    public static RetirementResult Run(ContainerStore store, RetirementOptions options)
    {
        long written = 0;
        if (store.IsRotating && !store.Parts.Keys.IsForgetting)
        {
            written = WriteNodes(store, options);
            RetirementResult checkedRoot = Check(store, options);
            if (!checkedRoot.IsRetired)
            {
                return checkedRoot with { Nodes = written };
            }
        }

        if (store.IsRotating)
        {
            Forget(store);
        }

        options.Progress(1);
        return new RetirementResult(IsRetired: true, written, 0, 0);
    }

    /// <summary>From the first key to the last, as many ways a checkpoint as there is room for.</summary>
    private static long WriteNodes(ContainerStore store, RetirementOptions options)
    {
        long written = 0;
        int most = options.MostWays;
        int lostPins = 0;
        var walk = new OlderNodes(store.Parts, options);
        for (byte[]? from = []; from is not null;)
        {
            IReadOnlyList<byte[]> ways;
            byte[]? next;
            long leaves;
            using (RootPin pin = store.PinRoot())
            {
                (ways, next) = walk.Find(pin.Tree, from, most);
                leaves = Math.Max(1, pin.Tree.Leaves);
                if (!pin.IsHeld)
                {
                    Require(++lostPins < MaxLostPins, store);
                    continue;
                }
            }

            lostPins = 0;
            if (ways.Count > 0 && !store.Rewrite(ways, chains: false, options.KeepsReserve))
            {
                Require(ways.Count > 1, store);
                most = ways.Count / 2;
                continue;
            }

            written += ways.Count;
            options.Progress(WritingPart * Math.Min(1, walk.Leaves / (double)leaves));
            options.Pace(ways.Count * (long)Geometry.Copies * Geometry.MaxNode);
            from = next;
        }

        return written;
    }

    /// <summary>Walks one root as a whole. Retired when it names nothing under the older key, and nobody reads a root before it.</summary>
    private static RetirementResult Check(ContainerStore store, RetirementOptions options)
    {
        using RootPin pin = store.PinRoot();
        if (!pin.IsOldest)
        {
            return new RetirementResult(IsRetired: false, 0, 0, 0);
        }

        var check = new OlderNodes(store.Parts, options);
        bool isAnyLeft = check.Find(pin.Tree, [], 1).Ways.Count > 0;
        double leaves = Math.Max(1, pin.Tree.Leaves);
        check.CountOutdated(pin.Tree, passed => options.Progress(WritingPart + ((1 - WritingPart) * Math.Min(1, passed / leaves))));
        return pin.IsHeld && !store.IsReadOnly
            ? new RetirementResult(!isAnyLeft && check is { OutdatedEntries: 0, Lost: 0 }, 0, check.OutdatedEntries, check.Lost)
            : new RetirementResult(IsRetired: false, 0, 0, 0);
    }

    /// <summary>Two checkpoints: the first writes the session table without the key, after the second no kept root has it. Should there be no room for them, the next opening
    /// has the key again.</summary>
    internal static void Forget(ContainerStore store)
    {
        store.Parts.Keys.IsForgetting = true;
        store.Parts.Keys.ForgetOlder();
        Require(store.Rewrite([], chains: true) && store.Rewrite([], chains: false), store);
        store.Parts.Keys.IsForgetting = false;
    }

    private static void Require(bool holds, ContainerStore store)
    {
        if (!holds)
        {
            throw store.Fault is { } fault
                ? new MediumException(MediumFault.Failed, $"The volume turned read-only: {fault.Message}")
                : new MediumException(MediumFault.NoSpace, "The volume has no room for what has to be written anew. Delete something, and run the same command again: it goes on.");
        }
    }
}
