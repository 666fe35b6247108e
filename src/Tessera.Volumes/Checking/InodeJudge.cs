using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Checking;

/// <summary>Compares each inode's record with what the passes found of it.</summary>
internal sealed class InodeJudge(InodeIndex inodes, FindingLog log)
{
    public void JudgeAll()
    {
        for (int index = 0; index < inodes.Count; index++)
        {
            ref InodeFacts facts = ref inodes[index];
            if (facts.IsMalformed)
            {
                continue;
            }

            JudgeNames(facts);
            JudgeParent(facts);
            JudgeCounts(facts);
            JudgeMarks(facts);
        }
    }

    private void JudgeNames(in InodeFacts facts)
    {
        bool isRoot = facts.Ino == FsLimits.RootInode;
        if (facts.IsDeleting && facts.Names > 0)
        {
            log.Add(FindingKinds.OrphanNamed, facts.Ino, $"Inode {facts.Ino} is marked for deletion and has {facts.Names} names.");
        }
        else if (facts.Names == 0 && !facts.IsDeleting && !isRoot)
        {
            log.Add(FindingKinds.InodeLost, facts.Ino, $"{Subject(facts)} has no name and is not marked for deletion.");
        }
        else if (facts.IsDirectory && facts.Names > (isRoot ? 0 : 1))
        {
            log.Add(FindingKinds.DirectoryLinkedTwice, facts.Ino, $"Directory {facts.Ino} has {facts.Names} names.");
        }
        else if (facts.Links != LinksOf(facts))
        {
            log.Add(FindingKinds.LinkCountWrong, facts.Ino, $"{Subject(facts)} says {facts.Links} links and has {LinksOf(facts)}.");
        }
    }

    private static uint LinksOf(in InodeFacts facts) => !facts.IsDirectory ? facts.Names : facts.IsDeleting ? 0 : 2 + facts.Subdirectories;

    /// <summary>A directory that is removed keeps its last parent; one with several names is told of already.</summary>
    private void JudgeParent(in InodeFacts facts)
    {
        bool isRight = !facts.IsDirectory ? facts.Parent == 0
            : facts.Ino == FsLimits.RootInode ? facts.Parent == FsLimits.RootInode
            : facts.Names != 1 || facts.NamedIn == 0 || inodes[facts.NamedIn - 1].Ino == facts.Parent;
        if (!isRight)
        {
            string where = facts.NamedIn > 0 ? $"its name is in {inodes[facts.NamedIn - 1].Ino}" : "that cannot be";
            log.Add(FindingKinds.ParentWrong, facts.Ino, $"{Subject(facts)} says its parent is {facts.Parent}; {where}.");
        }
    }

    private void JudgeCounts(in InodeFacts facts)
    {
        bool isCounted = facts.Traits.HasFlag(InodeTraits.IsCounted);
        if (facts.IsDirectory && !isCounted && !facts.IsDeleting && facts.Length != 0)
        {
            log.Add(FindingKinds.EntryCountWrong, facts.Ino, $"Directory {facts.Ino} counts {facts.Length} entries and has none.");
        }

        bool claimsBytes = facts.LiveBytes != 0 || facts.InlineBytes != 0 || facts.BlockBytes != 0;
        if (claimsBytes && !facts.IsDeleting && !(facts.IsRegular && isCounted))
        {
            string counts = $"{facts.LiveBytes} live bytes, {facts.InlineBytes} inline, {facts.BlockBytes} of blocks";
            log.Add(FindingKinds.ByteCountWrong, facts.Ino, $"{Subject(facts)} counts {counts} and has none.");
        }

        if (facts.Traits.HasFlag(InodeTraits.BlockBytesCounted) && facts.IsRegular && facts.BlockBytes != 0)
        {
            log.Add(FindingKinds.ByteCountWrong, facts.Ino, $"{Subject(facts)} counts {facts.BlockBytes} bytes of blocks more than its extents name.");
        }

        if (facts.IsSymlink && !facts.Traits.HasFlag(InodeTraits.HasTarget))
        {
            log.Add(FindingKinds.TargetMissing, facts.Ino, $"The symbolic link {facts.Ino} has no target.");
        }
    }

    private void JudgeMarks(in InodeFacts facts)
    {
        bool saysCapability = facts.Marks.HasFlag(InodeMarks.HasCapability);
        if (saysCapability != facts.Traits.HasFlag(InodeTraits.HasCapability) && !facts.IsDeleting)
        {
            log.Add(FindingKinds.CapabilityMarkWrong, facts.Ino, $"Inode {facts.Ino} has file capabilities, or a mark for them, but not both.");
        }

        bool isAccessRight = facts.Marks.HasFlag(InodeMarks.HasAccessAcl) == facts.Traits.HasFlag(InodeTraits.HasAccessAcl);
        bool isDefaultRight = facts.Marks.HasFlag(InodeMarks.HasDefaultAcl) == facts.Traits.HasFlag(InodeTraits.HasDefaultAcl);
        if (!(isAccessRight && isDefaultRight) && !facts.IsDeleting)
        {
            log.Add(FindingKinds.AclMarkWrong, facts.Ino, $"{Subject(facts)} has an access control list, or a mark for one, but not both.");
        }

        bool saysUnsettled = facts.Marks.HasFlag(InodeMarks.Unsettled);
        bool isUnsettled = facts.IsRegular && facts.InlineBytes > 0 && facts.Length > ContentLimits.MaxInlineFile;
        bool hasKey = facts.Traits.HasFlag(InodeTraits.HasUnsettledKey);
        if (saysUnsettled != hasKey || (saysUnsettled != isUnsettled && !facts.IsDeleting))
        {
            log.Add(FindingKinds.UnsettledWrong, facts.Ino, $"{Subject(facts)} is, is marked as or has the key of an unsettled file, but not all three.");
        }
    }

    private static string Subject(in InodeFacts facts) =>
        facts.IsDirectory ? $"Directory {facts.Ino}"
        : facts.IsSymlink ? $"Symbolic link {facts.Ino}"
        : $"Inode {facts.Ino} ({facts.Length} bytes)";
}
