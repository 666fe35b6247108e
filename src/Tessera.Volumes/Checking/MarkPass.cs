using Tessera.Content;
using Tessera.Volumes.Files;

namespace Tessera.Volumes.Checking;

/// <summary>Orphans and unsettled files: keys that stand for an inode's state. They come before the passes that need to know.</summary>
internal sealed class MarkPass(InodeIndex inodes, FindingLog log) : IKeyVisitor
{
    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != VolumeKeys.InoLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"The key of an orphan or unsettled file has {key.Length} bytes.");
            return;
        }

        if (key[0] == (byte)KeyTag.Orphan)
        {
            VisitOrphan(VolumeKeys.InoOf(key), value);
        }
        else
        {
            VisitUnsettled(VolumeKeys.InoOf(key), value);
        }
    }

    public void Finish()
    {
        // Every mark was judged as it came, or is part of an inode's facts now.
    }

    private void VisitOrphan(ulong ino, ReadOnlySpan<byte> value)
    {
        int index = inodes.Find(ino);
        if (index < 0)
        {
            log.Add(FindingKinds.OrphanWithoutInode, ino, $"Inode {ino} is marked as an orphan and does not exist.");
            return;
        }

        ref InodeFacts facts = ref inodes[index];
        if (value.SequenceEqual([OrphanCollector.DeletionMark]))
        {
            facts.Traits |= InodeTraits.Deleting;
        }
        else if (value.SequenceEqual([OrphanCollector.TruncationMark]) && facts.IsRegular)
        {
            facts.Traits |= InodeTraits.Truncating;
        }
        else
        {
            log.Add(FindingKinds.OrphanMalformed, ino, $"Inode {ino} has an orphan's mark that means nothing for it.");
        }
    }

    private void VisitUnsettled(ulong ino, ReadOnlySpan<byte> value)
    {
        int index = inodes.Find(ino);
        if (index < 0 || !value.IsEmpty)
        {
            log.Add(FindingKinds.UnsettledWrong, ino, $"The Unsettled key of inode {ino} stands for no inode, or has a value.");
            return;
        }

        inodes[index].Traits |= InodeTraits.HasUnsettledKey;
    }
}
