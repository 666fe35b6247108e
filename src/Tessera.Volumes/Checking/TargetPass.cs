using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Checking;

/// <summary>Targets of symbolic links.</summary>
internal sealed class TargetPass(InodeIndex inodes, FindingLog log) : IKeyVisitor
{
    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != VolumeKeys.InoLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"The key of a symbolic link's target has {key.Length} bytes.");
            return;
        }

        ulong ino = VolumeKeys.InoOf(key);
        int index = inodes.Find(ino);
        if (index < 0 || (!inodes[index].IsMalformed && !inodes[index].IsSymlink))
        {
            log.Add(FindingKinds.TargetWithoutLink, ino, $"There is a target of inode {ino}, which is no symbolic link.");
            return;
        }

        ref InodeFacts facts = ref inodes[index];
        facts.Traits |= InodeTraits.HasTarget;
        bool isTarget = value.Length is >= 1 and <= FsLimits.MaxSymlink && !value.Contains((byte)0);
        if (!facts.IsMalformed && (!isTarget || value.Length != facts.Length))
        {
            log.Add(FindingKinds.TargetWrong, ino, $"The symbolic link {ino} says {facts.Length} bytes; its target has {value.Length}, or a zero byte.");
        }
    }

    public void Finish()
    {
        // Links without a target are found when all inodes are judged.
    }
}
