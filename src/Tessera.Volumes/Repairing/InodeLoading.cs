using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Repairing;

/// <summary>The volume's record, the inodes' records, targets of links, and marks: what makes no sense goes.</summary>
internal sealed class InodeLoading(RepairState state)
{
    private static readonly KeyTag[] MarkTags = [KeyTag.Orphan, KeyTag.Truncation, KeyTag.Unsettled];
    private readonly byte[] value = new byte[StoreLimits.MaxValue];

    public async ValueTask RunAsync()
    {
        await LoadVolumeAsync();
        await EnsureRootAsync();
        await foreach ((byte[] key, byte[] record) in state.Walk.OfAsync([(byte)KeyTag.Inode]))
        {
            await LoadAsync(key, record);
        }

        await state.Journal.CommitAsync();
        foreach (KeyTag tag in MarkTags)
        {
            await foreach ((byte[] key, byte[] mark) in state.Walk.OfAsync([(byte)tag]))
            {
                LoadMark(tag, key, mark);
            }
        }

        await foreach ((byte[] key, _) in state.Walk.OfAsync([(byte)KeyTag.Symlink]))
        {
            int index = key.Length == VolumeKeys.InoLength ? state.Inodes.Find(VolumeKeys.InoOf(key)) : -1;
            if (index < 0 || !state.Inodes[index].IsSymlink)
            {
                state.Journal.Delete(key);
            }
        }

        await state.Journal.CommitAsync();
    }

    private async ValueTask LoadVolumeAsync()
    {
        byte[] key = [(byte)KeyTag.Volume];
        StoreEntry entry = await state.Store.GetAsync(key, value);
        bool isRecord = entry.Found && entry.Length == VolumeRecord.Size;
        state.Volume = isRecord
            ? VolumeRecord.Decode(value.AsSpan(0, entry.Length))
            : new VolumeRecord { Format = VolumeRecord.CurrentFormat, NextInode = VolumeRecord.FirstInode, CreatedNs = state.NowNs };
        if (!isRecord)
        {
            state.Journal.Lose(new VolumeLoss("volume-record-remade", 0, Path: null, "The volume's record was lost and is made anew."));
        }
    }

    private async ValueTask EnsureRootAsync()
    {
        byte[] key = RepairState.Key(inode => VolumeKeys.Inode(inode, FsLimits.RootInode));
        StoreEntry entry = await state.Store.GetAsync(key, value);
        if (!entry.Found || Decode(value[..Math.Min(value.Length, entry.Length)]) is not { IsDirectory: true })
        {
            InodeRevival.PutRoot(state.Journal, state.NowNs);
            await state.Journal.CommitAsync();
        }
    }

    private async ValueTask LoadAsync(byte[] key, byte[] bytes)
    {
        ulong ino = key.Length == VolumeKeys.InoLength ? VolumeKeys.InoOf(key) : 0;
        if (IsReserved(ino) || Decode(bytes) is not { } record)
        {
            state.Journal.Delete(key);
            state.Journal.Lose(new VolumeLoss("inode-lost", ino, Path: null, $"The record of inode {ino} made no sense: the file is gone."));
            return;
        }

        if ((record.Mode & ~ModeBits.PermissionMask) == ModeBits.Symlink && await TargetLengthAsync(ino) is var length && length != record.Length)
        {
            if (length == 0)
            {
                state.Journal.Delete(key);
                state.Journal.Lose(new VolumeLoss("target-lost", ino, Path: null, $"Where the symbolic link {ino} leads is lost: it is removed."));
                return;
            }

            record.Length = length;
        }

        state.Inodes.Add(new InodeFacts
        {
            Ino = ino,
            Type = EntryRecord.TypeOf(record.Mode),
            Marks = record.Marks,
            Links = (uint)record.Links,
            Length = record.Length,
            Parent = record.Parent,
            LiveBytes = record.LiveBytes,
            BlockBytes = record.BlockBytes,
            InlineBytes = record.InlineBytes,
        });
        state.Sums.Add(default);
        VolumeRecord volume = state.Volume;
        volume.NextInode = Math.Max(volume.NextInode, ino + 1);
        state.Volume = volume;
    }

    /// <summary>Numbers that no inode but the root can have.</summary>
    private static bool IsReserved(ulong ino) => ino < VolumeRecord.FirstInode && ino != FsLimits.RootInode;

    private static InodeRecord? Decode(byte[] bytes)
    {
        try
        {
            InodeRecord record = InodeRecord.Decode(bytes);
            return InodePass.FaultOf(record) is null ? record : null;
        }
        catch (StoreDamageException)
        {
            return null; // Told by the caller.
        }
    }

    /// <summary>0 when there is no target.</summary>
    private async ValueTask<long> TargetLengthAsync(ulong ino)
    {
        byte[] key = RepairState.Key(target => VolumeKeys.Symlink(target, ino));
        StoreEntry entry = await state.Store.GetAsync(key, value);
        return entry.Found && entry.Length is >= 1 and <= FsLimits.MaxSymlink && !value.AsSpan(0, entry.Length).Contains((byte)0) ? entry.Length : 0;
    }

    private void LoadMark(KeyTag tag, byte[] key, byte[] mark)
    {
        int index = key.Length == VolumeKeys.InoLength && mark.Length == 0 ? state.Inodes.Find(VolumeKeys.InoOf(key)) : -1;
        if (index < 0 || (tag == KeyTag.Truncation && !state.Inodes[index].IsRegular))
        {
            state.Journal.Delete(key);
            return;
        }

        state.Inodes[index].Traits |= tag switch
        {
            KeyTag.Orphan => InodeTraits.Deleting,
            KeyTag.Truncation => InodeTraits.Truncating,
            _ => InodeTraits.HasUnsettledKey,
        };
    }
}
