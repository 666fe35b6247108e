using Tessera.Content;

namespace Tessera.Volumes.Checking;

/// <summary>Orphans, truncations and unsettled files: keys that stand for an inode's state. They come before the passes that need to know.</summary>
internal sealed class MarkPass(InodeIndex inodes, FindingLog log) : IKeyVisitor
{
    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != VolumeKeys.InoLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"The key of a mark has {key.Length} bytes.");
            return;
        }

        ulong ino = VolumeKeys.InoOf(key);
        int index = inodes.Find(ino);
        switch ((KeyTag)key[0])
        {
            case KeyTag.Orphan when index < 0:
                log.Add(FindingKinds.OrphanWithoutInode, ino, $"Inode {ino} is marked for deletion and does not exist.");
                break;
            case KeyTag.Orphan when !value.IsEmpty:
                log.Add(FindingKinds.OrphanMalformed, ino, $"The Orphan key of inode {ino} has a value.");
                break;
            case KeyTag.Orphan:
                inodes[index].Traits |= InodeTraits.Deleting;
                break;
            case KeyTag.Truncation when index < 0 || !inodes[index].IsRegular || !value.IsEmpty:
                log.Add(FindingKinds.TruncationWrong, ino, $"The Truncation key of inode {ino} stands for no file, or has a value.");
                break;
            case KeyTag.Truncation:
                inodes[index].Traits |= InodeTraits.Truncating;
                break;
            case KeyTag.Unsettled when index < 0 || !value.IsEmpty:
                log.Add(FindingKinds.UnsettledWrong, ino, $"The Unsettled key of inode {ino} stands for no inode, or has a value.");
                break;
            default:
                inodes[index].Traits |= InodeTraits.HasUnsettledKey;
                break;
        }
    }

    public void Finish()
    {
        // Every mark was judged as it came, or is part of an inode's facts now.
    }
}
