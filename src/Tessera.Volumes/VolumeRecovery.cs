using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

/// <summary>Finishes what a crash left unfinished.</summary>
internal sealed class VolumeRecovery(VolumeParts parts, Truncator truncator, OrphanCollector orphans, Packer packer)
{
    private readonly ContentServices services = parts.Services;
    private readonly InodeTable inodes = parts.Inodes;

    /// <summary>Finishes interrupted truncations before anybody sees the files; leaves orphans and packing to the background.</summary>
    public async ValueTask RecoverAsync()
    {
        foreach (ulong ino in await MarkedAsync(KeyTag.Truncation))
        {
            await WithInodeAsync(ino, FinishTruncationAsync);
        }

        foreach (ulong ino in await MarkedAsync(KeyTag.Orphan))
        {
            await WithInodeAsync(ino, AdoptAsync);
        }

        foreach (ulong ino in await MarkedAsync(KeyTag.Unsettled))
        {
            if (await inodes.LoadAsync(ino) is { } inode)
            {
                packer.Consider(inode);
                inodes.Unpin(inode);
            }
        }
    }

    /// <summary>The inodes that have a key with the tag.</summary>
    private async ValueTask<List<ulong>> MarkedAsync(KeyTag tag)
    {
        List<ulong> marked = [];
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = 1;
            scratch.Key[0] = (byte)tag;
            scratch.Key2[0] = (byte)((byte)tag + 1);
            do
            {
                await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, 1), scratch.Page);
                foreach (ScanPage.Entry entry in scratch.Page)
                {
                    if (entry.Key.Length == VolumeKeys.InoLength)
                    {
                        marked.Add(VolumeKeys.InoOf(entry.Key));
                    }
                    else
                    {
                        parts.Events.BackgroundFault("recovery", $"The key of a mark has {entry.Key.Length} bytes. Run tessera fsck.");
                    }
                }

                scratch.Page.LastKey.CopyTo(scratch.Key);
                length = scratch.Page.LastKey.Length;
                scratch.Key[length++] = 0;
            }
            while (!scratch.Page.Complete);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }

        return marked;
    }

    private async ValueTask WithInodeAsync(ulong ino, Func<Inode, ValueTask> recover)
    {
        if (await inodes.LoadAsync(ino) is not { } inode)
        {
            parts.Events.BackgroundFault("recovery", $"Inode {ino} is marked and does not exist.");
            return;
        }

        try
        {
            await recover(inode);
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    private async ValueTask FinishTruncationAsync(Inode inode)
    {
        FsError error = await truncator.ResumeAsync(inode);
        if (error != FsError.None)
        {
            throw new IOException($"A truncation of inode {inode.Ino} could not be finished: {error}.");
        }
    }

    private ValueTask AdoptAsync(Inode inode)
    {
        if (inode.Record.Links > 0)
        {
            // A mark that contradicts the count is damage; what has a name is not deleted for it.
            parts.Events.BackgroundFault("recovery", $"Inode {inode.Ino} is marked for deletion and has links. Run tessera fsck.");
        }
        else
        {
            orphans.Add(inode);
        }

        return ValueTask.CompletedTask;
    }
}
