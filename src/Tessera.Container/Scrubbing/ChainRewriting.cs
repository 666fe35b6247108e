using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Space;

namespace Tessera.Container.Scrubbing;

/// <summary>Writes the sessions and the log map anew, from memory to new slots; the old slots are given up as far as they can be followed.</summary>
internal static class ChainRewriting
{
    /// <returns>The root with the new chains.</returns>
    public static RootRecord Rewrite(ContainerParts parts, RootRecord root, ReadOnlySpan<ulong> logExtents, SpaceChanges changes)
    {
        GiveUp(parts, root.Sessions, Purposes.Sessions, changes);
        GiveUp(parts, root.LogMap, Purposes.LogMap, changes);
        return root with
        {
            Sessions = ChainWriter.Write(parts.Chains, parts.Space, changes, SessionTable.Encode(parts.Keys), Purposes.Sessions),
            LogMap = WriteLogMap(parts.Chains, parts.Space, logExtents, changes),
        };
    }

    /// <summary>The log map for a root of the volume key: written anew where the root before is of the key before, because no root names what its own key does not open.</summary>
    public static ChainReference LogMapOf(ContainerParts parts, RootRecord root, ReadOnlySpan<ulong> logExtents, SpaceChanges changes) =>
        root.IsOfKeyBefore ? Move(parts, root, logExtents, changes).LogMap : root.LogMap;

    /// <returns>The root with a log map of these extents.</returns>
    public static RootRecord Move(ContainerParts parts, RootRecord root, ReadOnlySpan<ulong> logExtents, SpaceChanges changes)
    {
        GiveUp(parts, root.LogMap, Purposes.LogMap, changes);
        return root with { LogMap = WriteLogMap(parts.Chains, parts.Space, logExtents, changes) };
    }

    private static ChainReference WriteLogMap(ChainStore chains, SpaceMap space, ReadOnlySpan<ulong> logExtents, SpaceChanges changes)
    {
        byte[] map = new byte[logExtents.Length * sizeof(ulong)];
        for (int i = 0; i < logExtents.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(map.AsSpan(i * sizeof(ulong)), logExtents[i]);
        }

        return ChainWriter.Write(chains, space, changes, map, Purposes.LogMap);
    }

    private static void GiveUp(ContainerParts parts, ChainReference chain, string purpose, SpaceChanges changes)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            parts.Chains.ReadCopy(chain, purpose, copy, parts.Space.Groups, slot => changes.GiveUp(slot, 1));
        }
    }
}
