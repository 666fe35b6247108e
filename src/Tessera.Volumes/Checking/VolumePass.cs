using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>The volume's own record.</summary>
internal sealed class VolumePass(FindingLog log) : IKeyVisitor
{
    private VolumeRecord? record;
    private bool isSeen;

    /// <summary>The format is one whose rules are known here.</summary>
    public bool IsKnownFormat => record is null or { Format: VolumeRecord.CurrentFormat, IncompatibleFeatures: 0 };

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != 1)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"A key with the volume's tag has {key.Length} bytes.");
            return;
        }

        isSeen = true;
        try
        {
            record = VolumeRecord.Decode(value);
        }
        catch (StoreDamageException)
        {
            log.Add(FindingKinds.VolumeRecordMalformed, 0, $"The volume's record has {value.Length} bytes.");
        }
    }

    public void Finish()
    {
        if (!isSeen)
        {
            log.Add(FindingKinds.VolumeRecordMissing, 0, "The store holds no volume's record.");
        }

        if (!IsKnownFormat)
        {
            log.Add(FindingKinds.FormatUnknown, 0, $"The volume has format {record?.Format}, features {record?.IncompatibleFeatures:x}.");
        }
    }

    /// <summary>Compares the record's counters with the inodes there are.</summary>
    public void Judge(InodeIndex inodes)
    {
        if (record is not { } volume)
        {
            return;
        }

        if (volume.Inodes != inodes.Count)
        {
            log.Add(FindingKinds.InodeCountWrong, 0, $"The volume counts {volume.Inodes} inodes and has {inodes.Count}.");
        }

        for (int last = inodes.Count - 1; last >= 0 && inodes[last].Ino >= volume.NextInode; last--)
        {
            ulong ino = inodes[last].Ino;
            log.Add(FindingKinds.InodeNumberUnborn, ino, $"Inode {ino} exists, and the volume gives out numbers from {volume.NextInode} on.");
        }
    }
}
