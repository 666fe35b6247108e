using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>link(2).</summary>
internal sealed class Linker(VolumeParts parts, NameGate gate, OrphanCollector orphans)
{
    private readonly ContentServices services = parts.Services;
    private readonly CommitLog commits = parts.Commits;
    private readonly DirectoryStore directory = parts.Directory;

    /// <summary>Gives the inode another name. The caller holds the name's lock, and both inodes pinned.</summary>
    public async ValueTask<FsError> LinkAsync(Caller caller, Inode inode, Inode parent, EntryName name)
    {
        if ((await directory.FindAsync(name)).Found)
        {
            return FsError.Exists;
        }

        InodeLockSet locks = default;
        locks.Add(parent, exclusive: false);
        locks.Add(inode, exclusive: true);
        await locks.EnterAsync();
        try
        {
            InodeRecord record = inode.GetRecord();

            FsError error = CheckLinkable(caller, inode, await parts.Access.ListForAsync(caller, inode), parent);
            if (error == FsError.None)
            {
                error = await CommitLinkAsync(inode, record, parent, name);
            }

            if (error == FsError.None && record.Links == 0)
            {
                orphans.Release(inode);
            }

            return error;
        }
        finally
        {
            locks.Exit();
        }
    }

    private static FsError CheckLinkable(in Caller caller, Inode inode, byte[]? list, Inode parent)
    {
        InodeRecord record = inode.GetRecord();

        // Linux's fs.protected_hardlinks is the kernel's affair; a door of our own asks for ownership or the right to read and write.
        bool mayLink = caller.KernelChecked || Permissions.IsOwner(caller, record)
            || (record.IsRegular && Permissions.Allows(caller, record, list, Permissions.Read | Permissions.Write));
        bool isGone = record.Links == 0 && (!inode.IsLinkable || inode.IsGone || inode.CollectionQueued);
        return record.IsDirectory || !mayLink || Permissions.IsProtected(record) ? FsError.NotPermitted
            : isGone || parent.Record.Links == 0 ? FsError.NotFound
            : record.Links >= FsLimits.MaxLinks ? FsError.TooManyLinks
            : FsError.None;
    }

    private async ValueTask<FsError> CommitLinkAsync(Inode inode, InodeRecord record, Inode parent, EntryName name)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            long now = parts.Now();
            LinkChange links = new(1, now);
            EntryRecord entry = new(inode.Ino, EntryRecord.TypeOf(record.Mode), 0);
            ParentChange change = new(0, 1);
            for (int attempt = 0; attempt < VolumeLimits.MaxConflicts; attempt++)
            {
                scratch.Batch.Reset();
                DirectoryStore.Create(scratch.Batch, name, entry, alone: attempt == 0);
                change.AppendTo(scratch.Batch, parent, now);
                links.AppendTo(scratch.Batch, inode);
                CommitResult result = await commits.CommitAsync(scratch.Batch);
                if (result.Status == CommitStatus.Committed)
                {
                    directory.NoteCommitted(name, entry, result.Sequence);
                    change.ApplyTo(parent, now, result.Sequence);
                    links.ApplyTo(inode, result.Sequence);
                    return FsError.None;
                }

                (FsError error, entry) = await gate.ResolveAsync(result.Status, name, entry);
                if (error != FsError.None)
                {
                    return error;
                }
            }

            return FsError.TryAgain;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }
}
