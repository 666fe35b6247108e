using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Repairing;

/// <summary>Puts each inode's record, and the volume's, in agreement with what the passes have found.</summary>
internal sealed class InodeWriting(RepairState state, IReadOnlySet<ulong> withXattrs)
{
    /// <summary>Permissions of the owning group.</summary>
    private const uint GroupBits = 0x38;
    private readonly byte[] value = new byte[InodeRecord.Size];

    public async ValueTask RunAsync()
    {
        for (int index = 0; index < state.Inodes.Count; index++)
        {
            await WriteAsync(index);
            await state.Journal.CommitSomeAsync();
        }

        byte[] volume = new byte[VolumeRecord.Size];
        VolumeRecord record = state.Volume;
        record.Inodes = state.Inodes.Count;
        record.Encode(volume);
        byte[] stored = new byte[VolumeRecord.Size];
        StoreEntry there = await state.Store.GetAsync(new byte[] { (byte)KeyTag.Volume }, stored);
        if (!there.Found || there.Length != stored.Length || !stored.AsSpan().SequenceEqual(volume))
        {
            state.Journal.Put([(byte)KeyTag.Volume], volume);
        }

        await state.Journal.CommitAsync();
    }

    private async ValueTask WriteAsync(int index)
    {
        InodeFacts facts = state.Inodes[index];
        byte[] key = RepairState.Key(inode => VolumeKeys.Inode(inode, facts.Ino));
        StoreEntry entry = await state.Store.GetAsync(key, value);
        if (!entry.Found)
        {
            throw new StoreDamageException($"The record of inode {facts.Ino} is gone.");
        }

        InodeRecord old = InodeRecord.Decode(value);
        InodeRecord record = old;
        SetNames(ref record, facts, state.Sums[index].Entries);
        SetContent(ref record, facts, state.Sums[index]);
        SetMarks(ref record, facts);
        byte[] encoded = new byte[InodeRecord.Size];
        record.Encode(encoded);
        if (!encoded.AsSpan().SequenceEqual(value))
        {
            state.Journal.Put(key, encoded);
        }

        SetUnsettledKey(record, facts);
    }

    private void SetNames(ref InodeRecord record, in InodeFacts facts, long entries)
    {
        if (!facts.IsDirectory)
        {
            record.Links = facts.IsDeleting ? 0 : facts.Names;
            record.Parent = 0;
            record.Length = facts.IsSymlink ? facts.Length : record.Length;
            return;
        }

        record.Links = facts.IsDeleting ? 0 : 2 + facts.Subdirectories;
        record.Length = entries;
        record.Parent = facts.Ino == FsLimits.RootInode ? facts.Ino : facts.NamedIn > 0 ? state.Inodes[facts.NamedIn - 1].Ino : record.Parent;
    }

    private static void SetContent(ref InodeRecord record, in InodeFacts facts, in InodeSums sums)
    {
        if (!facts.IsDeleting)
        {
            record.LiveBytes = facts.IsRegular ? sums.Live : 0;
            record.InlineBytes = facts.IsRegular ? sums.Inline : 0;
            record.BlockBytes = facts.IsRegular ? sums.Blocks : 0;
        }
    }

    private void SetMarks(ref InodeRecord record, in InodeFacts facts)
    {
        if (facts.IsDeleting)
        {
            return;
        }

        bool hadList = record.Marks.HasFlag(InodeMarks.HasAccessAcl);
        InodeMarks marks = record.Marks & ~(InodeMarks.HasCapability | InodeMarks.HasAccessAcl | InodeMarks.HasDefaultAcl | InodeMarks.Unsettled);
        marks |= withXattrs.Contains(facts.Ino) ? InodeMarks.HasXattrs : InodeMarks.None;
        marks |= facts.Traits.HasFlag(InodeTraits.HasCapability) ? InodeMarks.HasCapability : InodeMarks.None;
        marks |= facts.Traits.HasFlag(InodeTraits.HasAccessAcl) ? InodeMarks.HasAccessAcl : InodeMarks.None;
        marks |= facts.Traits.HasFlag(InodeTraits.HasDefaultAcl) ? InodeMarks.HasDefaultAcl : InodeMarks.None;
        marks |= IsUnsettled(record) ? InodeMarks.Unsettled : InodeMarks.None;
        record.Marks = marks;
        if (hadList && !marks.HasFlag(InodeMarks.HasAccessAcl))
        {
            // The group's bits were the list's mask: left as they are, they would grant what the list did not.
            record.Mode &= ~GroupBits;
            state.Journal.Lose(new VolumeLoss("acl-lost", facts.Ino, Path: null, $"The access control list of inode {facts.Ino} is lost: its group has no rights until they are given again."));
        }
    }

    private void SetUnsettledKey(in InodeRecord record, in InodeFacts facts)
    {
        bool hasKey = facts.Traits.HasFlag(InodeTraits.HasUnsettledKey);
        bool isWanted = record.Marks.HasFlag(InodeMarks.Unsettled);
        ulong ino = facts.Ino;
        if (hasKey != isWanted)
        {
            byte[] key = RepairState.Key(mark => VolumeKeys.Unsettled(mark, ino));
            if (isWanted)
            {
                state.Journal.Put(key, []);
            }
            else
            {
                state.Journal.Delete(key);
            }
        }
    }

    private static bool IsUnsettled(in InodeRecord record) =>
        record.IsRegular && record.InlineBytes > 0 && record.Length > ContentLimits.MaxInlineFile;
}
