using Tessera.Container.Media;
using Tessera.Container.Tree;

namespace Tessera.Container.Rotating;

/// <summary>Writes every tree node that is sealed under an older key anew, looks whether anything is left under it, and gives it up
/// (docs/format/container.md, Re-sealing). Whoever changes blocks has done so before.</summary>
/// <remarks>Interrupted at any point, it is begun again: what is done is under the newest key, and is not found again.</remarks>
public static class KeyRetirement
{
    /// <summary>Ways that one checkpoint writes anew at most: some 28 MiB of leaves, both copies.</summary>
    private const int MostWays = 512;

    /// <summary>Part of the progress that writing nodes is; the rest is the walk over all leaves.</summary>
    private const double WritingPart = 0.5;

    /// <param name="store">Open for writing; nobody commits to it meanwhile.</param>
    /// <param name="options">Who owns blocks, and progress.</param>
    /// <exception cref="MediumException">There is no room for the nodes, or the medium failed.</exception>
    /// <exception cref="OperationCanceledException">The caller wanted no more.</exception>
    public static RetirementResult Run(ContainerStore store, RetirementOptions options)
    {
        if (!store.IsRotating)
        {
            return new RetirementResult(IsRetired: true, 0, 0, 0);
        }

        Require(store.Rewrite([], chains: false), store); // What is committed is in the tree.
        long written = WriteNodes(store, options);
        var check = new OlderNodes(store.Parts.Nodes, store.Parts.Keys, options.Cancellation);
        TreeRoot tree = store.CurrentTree;
        bool isAnyLeft = check.Find(tree, [], 1).Ways.Count > 0;
        check.CountOutdated(tree, options.Blocks, leaves => options.Progress(WritingPart + ((1 - WritingPart) * Math.Min(1, leaves / (double)Math.Max(1, tree.Leaves)))));
        if (isAnyLeft || check.OutdatedEntries > 0 || check.Lost > 0)
        {
            return new RetirementResult(IsRetired: false, written, check.OutdatedEntries, check.Lost);
        }

        Forget(store);
        options.Progress(1);
        return new RetirementResult(IsRetired: true, written, 0, 0);
    }

    /// <summary>From the first key to the last, as many ways a checkpoint as there is room for.</summary>
    private static long WriteNodes(ContainerStore store, RetirementOptions options)
    {
        long written = 0;
        int most = MostWays;
        var walk = new OlderNodes(store.Parts.Nodes, store.Parts.Keys, options.Cancellation);
        for (byte[]? from = []; from is not null;)
        {
            (IReadOnlyList<byte[]> ways, byte[]? next) = walk.Find(store.CurrentTree, from, most);
            if (ways.Count > 0 && !store.Rewrite(ways, chains: false))
            {
                Require(ways.Count > 1, store);
                most = ways.Count / 2;
                continue;
            }

            written += ways.Count;
            options.Progress(WritingPart * Math.Min(1, walk.Leaves / (double)Math.Max(1, store.CurrentTree.Leaves)));
            from = next;
        }

        return written;
    }

    /// <summary>Two checkpoints: the first writes the session table without the key, after the second no kept root has it. Should there be no room for them, the next opening
    /// has the key again.</summary>
    internal static void Forget(ContainerStore store)
    {
        store.Parts.Keys.ForgetOlder();
        Require(store.Rewrite([], chains: true) && store.Rewrite([], chains: false), store);
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
