using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    public ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        RemoveAsync(caller, parent, name, isDirectory: false);

    public ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        RemoveAsync(caller, parent, name, isDirectory: true);

    private async ValueTask<FsError> RemoveAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, bool isDirectory)
    {
        (FsError error, Inode? parentInode) = await BeginChangeAsync(caller, parent, name, Permissions.Execute);
        if (parentInode is null)
        {
            return error;
        }

        EntryName entry = EntryName.Of(parent, name);
        await entryLocks.EnterAsync(entry);
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
            entryLocks.Exit(entry);
            inodes.Unpin(parentInode);
        }

        await orphans.HelpAsync();
        return error;
    }

    private async ValueTask<FsError> RemoveAsync(Caller caller, Inode parent, EntryName name, FoundEntry found)
    {
        Inode inode = await LoadNamedAsync(found, name);
        InodeLockSet locks = default;
        locks.Add(parent, exclusive: false);
        locks.Add(inode, exclusive: true);
        await locks.EnterAsync();
        try
        {
            FsError error = Permissions.CheckRemoval(caller, parent.Record, inode.Record);
            if (error != FsError.None)
            {
                return error;
            }

            error = await CommitRemovalAsync(parent, name, found, inode);
            if (error == FsError.None)
            {
                AfterUnlink(caller, inode);
            }

            return error;
        }
        finally
        {
            locks.Exit();
            inodes.Unpin(inode);
        }
    }

    /// <summary>The inode an entry names. Its absence is damage, for both go by one commit.</summary>
    private async ValueTask<Inode> LoadNamedAsync(FoundEntry found, EntryName name) =>
        await inodes.LoadAsync(found.Ino)
        ?? throw new StoreDamageException($"An entry of directory {name.Parent} names inode {found.Ino}, which does not exist.");

    private async ValueTask<FsError> CommitRemovalAsync(Inode parent, EntryName name, FoundEntry found, Inode inode)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            long now = Now();
            bool isDirectory = found.IsDirectory;
            ParentChange change = new(isDirectory ? -1 : 0, -1);
            StoreBatch batch = scratch.Batch;
            batch.MayUseReserve = true;
            DirectoryStore.Delete(batch, name, found);
            if (isDirectory)
            {
                batch.CheckPrefixEmpty(scratch.Key.AsSpan(0, VolumeKeys.Entries(scratch.Key, inode.Ino)));
            }

            change.AppendTo(batch, name.Parent, now);
            int links = isDirectory ? -2 : -1;
            AppendLinks(batch, inode, links, now);
            CommitResult result = await commits.CommitAsync(batch);
            if (result.Status == CommitStatus.Committed)
            {
                directory.NoteDeleted(name);
                change.ApplyTo(parent, now, result.Sequence);
                ApplyLinks(inode, links, now, result.Sequence);
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

    /// <summary>Puts the inode's record with so many links more or less; without any left it becomes an orphan. Under its lock, exclusive.</summary>
    private static void AppendLinks(StoreBatch batch, Inode inode, int links, long now, ulong? newParent = null)
    {
        InodeRecord record;
        lock (inode.Sync)
        {
            record = inode.Record;
            record.Length = inode.StoredLength;
        }

        record.Links += links;
        record.ChangeNs = now;
        record.Change++;
        record.Parent = newParent ?? record.Parent;
        FileFlusher.Put(batch, inode.Ino, record);
        if (record.Links == 0)
        {
            OrphanCollector.AppendMark(batch, inode.Ino);
        }
    }

    private static void ApplyLinks(Inode inode, int links, long now, ulong sequence, ulong? newParent = null)
    {
        lock (inode.Sync)
        {
            inode.Record.Links += links;
            inode.Record.ChangeNs = now;
            inode.Record.Change++;
            inode.Record.Parent = newParent ?? inode.Record.Parent;
            inode.NoteCommit(sequence);
        }
    }

    /// <summary>Hands an inode without links to the collector. A kernel that unlinks has looked the name up, so it holds the inode until it says Forget.</summary>
    private void AfterUnlink(in Caller caller, Inode inode)
    {
        lock (inode.Sync)
        {
            if (inode.Record.Links > 0)
            {
                return;
            }

            inode.Told |= caller.Door != Door.Internal;
        }

        orphans.Add(inode);
    }
}
