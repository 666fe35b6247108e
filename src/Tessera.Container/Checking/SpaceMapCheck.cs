using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Space;

namespace Tessera.Container.Checking;

/// <summary>Takes the bitmaps and free counts the tree holds, and compares the counts with the bitmaps.</summary>
internal sealed class SpaceMapCheck
{
    private readonly SlotLedger ledger;
    private readonly CheckJournal journal;

    /// <summary>Free slots by bitmap and by count; a group nobody told of is all free.</summary>
    private readonly int[] byBitmap;
    private readonly int[] byCount;

    /// <summary>What an unfinished repair has noted as lost (docs/format/container.md, Tree).</summary>
    public List<byte[]> LostPages { get; } = [];

    public SpaceMapCheck(SlotLedger ledger, CheckJournal journal)
    {
        this.ledger = ledger;
        this.journal = journal;
        byBitmap = new int[ledger.Groups];
        byCount = new int[ledger.Groups];
        Array.Fill(byBitmap, Geometry.SlotsPerGroup);
        Array.Fill(byCount, Geometry.SlotsPerGroup);
    }

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        SpaceKey? kind = SpaceKeys.TryRead(key, out uint number);
        if (kind == SpaceKey.Bitmap && value.Length == GroupBitmap.Size && number < ledger.Groups)
        {
            byBitmap[number] = ledger.Tell(number, value);
        }
        else if (kind == SpaceKey.Counts && value.Length == SpaceKeys.CountsPageSize && (long)number * SpaceKeys.CountsPerPage < ledger.Groups)
        {
            long first = (long)number * SpaceKeys.CountsPerPage;
            for (int i = 0; i < SpaceKeys.CountsPerPage && first + i < ledger.Groups; i++)
            {
                byCount[first + i] = BinaryPrimitives.ReadUInt16LittleEndian(value[(i * sizeof(ushort))..]);
            }
        }
        else if (kind == SpaceKey.Lost)
        {
            LostPages.Add(value.ToArray());
            journal.Add(new Finding(
                FindingKind.RepairUnfinished, FindingSeverity.DataLost, "A repair of this volume was begun and not finished: run 'tessera fsck --repair' again.", null, Convert.ToHexString(key)));
        }
        else if (kind != SpaceKey.Backups || number != 0)
        {
            journal.Add(new Finding(
                FindingKind.SpaceMapWrong, FindingSeverity.Inconsistent, $"An entry of the free space map makes no sense ({value.Length} bytes).", null, Convert.ToHexString(key)));
        }
    }

    public void Compare()
    {
        for (uint group = 0; group < ledger.Groups && !journal.IsViewPartial; group++)
        {
            if (byBitmap[group] != byCount[group])
            {
                journal.Add(new Finding(
                    FindingKind.SpaceMapWrong,
                    FindingSeverity.Inconsistent,
                    $"Group {group} has {byBitmap[group]} free slots by its bitmap, {byCount[group]} by its count.",
                    SlotAddress.Of(group, 0)));
            }
        }
    }
}
