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
        foreach ((ulong ino, byte mark) in await MarkedAsync(KeyTag.Orphan))
        {
            await RecoverAsync(ino, mark == OrphanCollector.TruncationMark);
        }

        foreach ((ulong ino, _) in await MarkedAsync(KeyTag.Unsettled))
        {
            if (await inodes.LoadAsync(ino) is { } inode)
            {
                packer.Consider(inode);
                inodes.Unpin(inode);
            }
        }
    }

    /// <summary>The inodes that have a key with the tag, and the first byte of its value.</summary>
    private async ValueTask<List<(ulong Ino, byte Mark)>> MarkedAsync(KeyTag tag)
    {
        List<(ulong Ino, byte Mark)> marked = [];
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
                    marked.Add((VolumeKeys.InoOf(entry.Key), entry.Value.IsEmpty ? (byte)0 : entry.Value[0]));
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

    private async ValueTask RecoverAsync(ulong ino, bool truncation)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            parts.Events.BackgroundFault("recovery", $"Inode {ino} is marked and does not exist.");
            return;
        }

        try
        {
            if (!truncation)
            {
                orphans.Add(inode);
                return;
            }

            FsError error = await truncator.ResumeAsync(inode);
            if (error != FsError.None)
            {
                throw new IOException($"A truncation of inode {ino} could not be finished: {error}.");
            }
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }
}
