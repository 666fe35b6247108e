using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>unlink(2) and rmdir(2).</summary>
internal sealed class Remover(VolumeParts parts, NameGate gate, OrphanCollector orphans)
{
    private readonly ContentServices services = parts.Services;
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly DirectoryStore directory = parts.Directory;

    public async ValueTask<FsError> RemoveAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, bool isDirectory)
    {
        (FsError error, Inode? parentInode) = await gate.BeginChangeAsync(caller, parent, name, Permissions.Execute);
        if (parentInode is null)
        {
            return error;
        }

        EntryName entry = EntryName.Of(parent, name);
        await gate.Locks.EnterAsync(entry);
        try
        {
            error = FsError.TryAgain;
            for (int attempt = 0; error == FsError.TryAgain && attempt < VolumeLimits.MaxConflicts; attempt++)
            {
                FoundEntry found = attempt == 0 ? await directory.FindAsync(entry) : await directory.FindAgainAsync(entry);
                error = !found.Found ? FsError.NotFound
                    : found.IsDirectory == isDirectory ? await RemoveAsync(caller, parentInode, entry, found)
                    : isDirectory ? FsError.NotDirectory : FsError.IsDirectory;
            }
        }
        finally
        {
            gate.Locks.Exit(entry);
            inodes.Unpin(parentInode);
        }

        await orphans.HelpAsync();
        return error;
    }

    private async ValueTask<FsError> RemoveAsync(Caller caller, Inode parent, EntryName name, FoundEntry found)
    {
        Inode inode = await gate.LoadNamedAsync(found, name);
        InodeLockSet locks = default;
        locks.Add(parent, exclusive: false);
        locks.Add(inode, exclusive: true);
        await locks.EnterAsync();
        try
        {
            FsError error = Permissions.CheckRemoval(caller, parent.Record, await parts.Access.ListForAsync(caller, parent), inode.Record);
            if (error != FsError.None)
            {
                return error;
            }

            error = await CommitRemovalAsync(parent, name, found, inode);
            if (error == FsError.None)
            {
                orphans.AfterUnlink(caller, inode);
            }

            return error;
        }
        finally
        {
            locks.Exit();
            inodes.Unpin(inode);
        }
    }

    private async ValueTask<FsError> CommitRemovalAsync(Inode parent, EntryName name, FoundEntry found, Inode inode)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            long now = parts.Now();
            bool isDirectory = found.IsDirectory;
            ParentChange change = new(isDirectory ? -1 : 0, -1);
            StoreBatch batch = scratch.Batch;
            batch.MayUseReserve = true;
            DirectoryStore.Delete(batch, name, found);
            if (isDirectory)
            {
                batch.CheckPrefixEmpty(scratch.Key.AsSpan(0, VolumeKeys.Entries(scratch.Key, inode.Ino)));
            }

            change.AppendTo(batch, parent, now);
            LinkChange links = new(isDirectory ? -2 : -1, now);
            links.AppendTo(batch, inode);
            CommitResult result = await commits.CommitAsync(batch);
            if (result.Status == CommitStatus.Committed)
            {
                directory.NoteDeleted(name);
                change.ApplyTo(parent, now, result.Sequence);
                links.ApplyTo(inode, result.Sequence);
                return FsError.None;
            }

            bool notEmpty = result.Status == CommitStatus.CheckFailed && isDirectory && !await directory.IsEmptyAsync(inode.Ino);
            return notEmpty ? FsError.NotEmpty : CommitLog.ToError(result.Status);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }
}
