using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Space;

namespace Tessera.Container.Checking;

/// <summary>Reads both copies of a root's chains, and what they say.</summary>
internal sealed class ChainCheck(ChainStore chains, SlotLedger ledger, CheckJournal journal)
{
    /// <summary>Reads a chain and reaches its slots.</summary>
    /// <exception cref="ContainerFormatException">Neither copy is whole.</exception>
    public byte[] Read(ChainReference chain, string purpose)
    {
        if (chain.IsNone)
        {
            return [];
        }

        byte[]? whole = null;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            ulong at = 0;
            int visited = 0;
            byte[]? payload = chains.ReadCopy(chain, purpose, copy, ledger.Groups, slot =>
            {
                at = slot;
                visited++;
                ledger.Reach(slot, 1, $"a chain ({purpose})");
            });
            if (payload is null)
            {
                journal.Add(new Finding(
                    FindingKind.ChainCopyDamaged, FindingSeverity.Repairable, $"Copy {(copy == 0 ? 'A' : 'B')} of a chain ({purpose}) is damaged at address {at:x}.", at));
                ledger.ExpectLost(ChainStore.SlotsFor(chain.Length) - visited);
            }

            whole ??= payload;
        }

        return whole ?? throw new ContainerFormatException(FormatFault.Damaged, $"Both copies of a chain ({purpose}) are damaged.");
    }

    /// <summary>The log's extents, which are reached.</summary>
    /// <exception cref="ContainerFormatException">The map makes no sense.</exception>
    public ulong[] ReadLogMap(RootRecord root)
    {
        byte[] bytes = Read(root.LogMap, Purposes.LogMap);
        if (bytes.Length == 0 || bytes.Length != root.Log.ExtentCount * sizeof(ulong))
        {
            throw new ContainerFormatException(FormatFault.Damaged, "The log map has the wrong length.");
        }

        var map = new ulong[root.Log.ExtentCount];
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)));
            if (!SlotAddress.IsRun(map[i], root.Log.ExtentSlots, ledger.Groups))
            {
                throw new ContainerFormatException(FormatFault.Damaged, "The log map names a place outside the volume.");
            }

            ledger.Reach(map[i], root.Log.ExtentSlots, "the log");
        }

        return map;
    }

    public SpaceChanges ReadSpaceChanges(RootRecord root) => SpaceChanges.Decode(Read(root.SpaceChanges, Purposes.SpaceChanges), ledger.Groups);
}
