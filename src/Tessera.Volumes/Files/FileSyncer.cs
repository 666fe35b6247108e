using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>close(2), fsync(2), fdatasync(2): what was written is stored, or its failure told, once to each who asks.</summary>
internal sealed class FileSyncer(VolumeParts parts, HandleTable handles, Packer packer)
{
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;

    public async ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle)
    {
        OpenFile? file = handles.Find(handle, ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = await parts.Flusher.FlushAsync(inode, ContentLimits.MaxInlineFlush);
            await packer.SettleAsync(inode);
            return ReportErrors(inode, file, error);
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    public async ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            lock (inode.Sync)
            {
                inode.AttributesDirty |= inode.AccessDirty && !dataOnly;
            }

            FsError error = await SyncAsync(inode);
            lock (inode.Sync)
            {
                // Each failed write-back is reported once, even if the next one succeeded (fsync(2), errseq_t).
                if (error == FsError.None && inode.WriteErrors > inode.SyncedErrors)
                {
                    error = inode.WriteError;
                }

                inode.SyncedErrors = inode.WriteErrors;
            }

            return error;
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    /// <summary>Flushes the inode and makes it durable; it is pinned.</summary>
    public async ValueTask<FsError> SyncAsync(Inode inode)
    {
        FsError error = await parts.Flusher.FlushAsync(inode, ContentLimits.MaxInlineSync);
        if (error != FsError.None)
        {
            return error;
        }

        await packer.SettleAsync(inode);
        ulong sequence;
        lock (inode.Sync)
        {
            sequence = inode.Sequence;
        }

        await commits.MakeDurableAsync(sequence);
        return FsError.None;
    }

    private static FsError ReportErrors(Inode inode, OpenFile? file, FsError error)
    {
        if (file is null)
        {
            return error;
        }

        lock (inode.Sync)
        {
            if (error == FsError.None && inode.WriteErrors > file.SeenErrors)
            {
                error = inode.WriteError;
            }

            file.SeenErrors = inode.WriteErrors;
        }

        return error;
    }
}
