using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Space;

namespace Tessera.Container.Sealing;

/// <summary>Finds slots for chains and records them as taken.</summary>
internal static class ChainWriter
{
    public static ChainReference Write(ChainStore chains, SpaceMap space, SpaceChanges changes, ReadOnlySpan<byte> payload, string purpose)
    {
        var slots = new ulong[Geometry.Copies * ChainStore.SlotsFor(payload.Length)];
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i] = Take(space, changes);
        }

        return chains.Write(payload, purpose, slots);
    }

    /// <summary>Writes the list of changes, its own slots included: adding them may call for more, which ends because a slot holds hundreds.</summary>
    /// <param name="chains">Writes them.</param>
    /// <param name="space">Where slots come from.</param>
    /// <param name="changes">What is written; of a folder with as many marks as it has files.</param>
    /// <param name="close">Of a folder: the marks themselves, once it is known where the chain will lie; null: those there are.</param>
    /// <param name="slots">Where it lies.</param>
    public static ChainReference WriteChanges(ChainStore chains, SpaceMap space, SpaceChanges changes, Func<IReadOnlyList<ulong>, PartMark[]>? close, out ulong[] slots)
    {
        var taken = new List<ulong>();
        while (taken.Count < Geometry.Copies * Math.Max(1, ChainStore.SlotsFor(changes.EncodedLength)))
        {
            taken.Add(Take(space, changes));
        }

        if (close is not null)
        {
            changes.Marks = [.. close(taken).Take(changes.Marks.Count)]; // A file that was added meanwhile is the next root's.
        }

        byte[] payload = new byte[changes.EncodedLength];
        changes.Encode(payload);
        slots = [.. taken];
        return chains.Write(payload, Purposes.SpaceChanges, slots);
    }

    private static ulong Take(SpaceMap space, SpaceChanges changes)
    {
        if (!space.TryAllocate(1, SpaceUse.Node, mayUseReserve: true, out ulong address))
        {
            throw new SpaceExhaustedException();
        }

        changes.Take(address, 1);
        return address;
    }
}
