using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    public async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        if (!IsMakeable(node))
        {
            return FsError.InvalidArgument;
        }

        (FsError error, Inode? parentInode) = await BeginChangeAsync(caller, parent, name);
        if (parentInode is null)
        {
            return error;
        }

        EntryName entry = EntryName.Of(parent, name);
        await entryLocks.EnterAsync(entry);
        try
        {
            (error, Inode? made) = await MakeAsync(caller, parentInode, entry, node);
            if (made is null)
            {
                return error;
            }

            InodeAttributes attributes = Tell(made, parent);
            inodes.Unpin(made);
            return attributes;
        }
        finally
        {
            entryLocks.Exit(entry);
            inodes.Unpin(parentInode);
        }
    }

    public async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        (FsError error, Inode? parentInode) = await BeginChangeAsync(caller, parent, name, Permissions.Execute);
        if (parentInode is null)
        {
            return error;
        }

        EntryName entry = EntryName.Of(parent, name);
        FoundEntry existing;
        await entryLocks.EnterAsync(entry);
        try
        {
            NewNode node = new(ModeBits.Regular | (mode & ModeBits.PermissionMask), 0, default);
            (error, Inode? made) = await MakeAsync(caller, parentInode, entry, node);
            if (made is not null)
            {
                return Opened(made, parent, flags);
            }

            if (error != FsError.Exists || flags.HasFlag(OpenFlags.Exclusive))
            {
                return error;
            }

            existing = await directory.FindAsync(entry);
        }
        finally
        {
            entryLocks.Exit(entry);
            inodes.Unpin(parentInode);
        }

        return await OpenExistingAsync(caller, existing.Ino, parent, flags);
    }

    public async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        (FsError error, Inode? parentInode) = await BeginChangeAsync(caller, newParent, newName);
        if (parentInode is null)
        {
            return error;
        }

        Inode? inode = await inodes.LoadAsync(ino);
        EntryName entry = EntryName.Of(newParent, newName);
        await entryLocks.EnterAsync(entry);
        try
        {
            error = inode is null ? FsError.Stale : await LinkAsync(caller, inode, parentInode, entry);
            return error == FsError.None ? Tell(inode!, newParent) : error;
        }
        finally
        {
            entryLocks.Exit(entry);
            inodes.Unpin(parentInode);
            if (inode is not null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    /// <summary>What every change of a directory begins with: the name's and the volume's state, the directory pinned, the caller's rights.</summary>
    private async ValueTask<(FsError Error, Inode? Parent)> BeginChangeAsync(
        Caller caller, ulong parent, ReadOnlyMemory<byte> name, int mask = Permissions.Write | Permissions.Execute)
    {
        FsError error = CheckName(name);
        if (error == FsError.None && IsDotOrDotDot(name.Span))
        {
            error = FsError.InvalidArgument;
        }

        if (error == FsError.None && options.ReadOnly)
        {
            error = FsError.ReadOnly;
        }

        if (error != FsError.None)
        {
            return (error, null);
        }

        Inode? inode = await inodes.LoadAsync(parent);
        if (inode is null)
        {
            return (FsError.Stale, null);
        }

        error = CheckDirectory(caller, inode, mask);
        if (error != FsError.None)
        {
            inodes.Unpin(inode);
            return (error, null);
        }

        return (FsError.None, inode);
    }

    private static bool IsMakeable(in NewNode node) => (node.Mode & ModeBits.TypeMask) switch
    {
        ModeBits.Regular or ModeBits.Directory or ModeBits.Fifo or ModeBits.Socket
            or ModeBits.CharacterDevice or ModeBits.BlockDevice => node.Target.IsEmpty,
        ModeBits.Symlink => node.Target.Length is >= 1 and <= FsLimits.MaxSymlink,
        _ => false,
    };

    /// <summary>Makes an inode and its name by one commit; the inode is pinned for the caller, who holds the name's lock.</summary>
    private async ValueTask<(FsError Error, Inode? Made)> MakeAsync(Caller caller, Inode parent, EntryName name, NewNode node)
    {
        if (directory.TryGetCached(name, out FoundEntry known) && known.Found)
        {
            return (FsError.Exists, null);
        }

        FsError error = CheckDirectory(caller, parent, Permissions.Write | Permissions.Execute);
        if (error != FsError.None)
        {
            // To somebody who may only search, an existing name is still an existing name (open(2), O_CREAT).
            bool exists = error == FsError.AccessDenied && (await directory.FindAsync(name)).Found;
            return (exists ? FsError.Exists : error, null);
        }

        FsResult<ulong> ino = await numbers.TakeAsync();
        if (!ino.Ok)
        {
            return (ino.Error, null);
        }

        await parent.Lock.EnterSharedAsync();
        try
        {
            InodeRecord record = NewRecord(caller, parent, node);
            return record.Links == 0 ? (FsError.NotFound, null) : await CommitNewAsync(parent, name, ino.Value, (record, node.Target));
        }
        finally
        {
            parent.Lock.ExitShared();
        }
    }

    private async ValueTask<(FsError Error, Inode? Made)> CommitNewAsync(
        Inode parent, EntryName name, ulong ino, (InodeRecord Record, ReadOnlyMemory<byte> Target) made)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            EntryRecord entry = new(ino, EntryRecord.TypeOf(made.Record.Mode), 0);
            ParentChange change = new(made.Record.IsDirectory ? 1 : 0, 1);
            for (int attempt = 0; attempt < VolumeLimits.MaxConflicts; attempt++)
            {
                scratch.Batch.Reset();
                DirectoryStore.Create(scratch.Batch, name, entry, alone: attempt == 0);
                change.AppendTo(scratch.Batch, name.Parent, made.Record.BirthNs);
                AppendInode(scratch.Batch, ino, made.Record, made.Target.Span);
                CommitResult result = await commits.CommitAsync(scratch.Batch);
                if (result.Status == CommitStatus.Committed)
                {
                    directory.NoteCommitted(name, entry, result.Sequence);
                    change.ApplyTo(parent, made.Record.BirthNs, result.Sequence);
                    Inode inode = inodes.Pin(ino);
                    inodes.Install(inode, made.Record, result.Sequence);
                    return (FsError.None, inode);
                }

                (FsError error, entry) = await ResolveAsync(result.Status, name, entry);
                if (error != FsError.None)
                {
                    return (error, null);
                }
            }

            return (FsError.TryAgain, null);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Why a new name was refused, and what to try instead.</summary>
    private async ValueTask<(FsError Error, EntryRecord Entry)> ResolveAsync(CommitStatus status, EntryName name, EntryRecord entry)
    {
        if (status != CommitStatus.CheckFailed)
        {
            return (CommitLog.ToError(status), entry);
        }

        if ((await directory.FindAgainAsync(name)).Found)
        {
            return (FsError.Exists, entry);
        }

        byte? ordinal = await directory.FindOrdinalAsync(name);
        return ordinal is null ? (FsError.NoSpace, entry) : (FsError.None, entry with { Ordinal = ordinal.Value });
    }

    private static void AppendInode(StoreBatch batch, ulong ino, in InodeRecord record, ReadOnlySpan<byte> target)
    {
        FileFlusher.Put(batch, ino, record);
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        if (!target.IsEmpty)
        {
            VolumeKeys.Symlink(key, ino);
            batch.Put(key, target);
        }

        batch.Add(key[..VolumeKeys.Volume(key)], VolumeRecord.InodesOffset, 1);
    }

    /// <summary>The new inode's record; its link count is 0 when the directory is gone.</summary>
    private InodeRecord NewRecord(in Caller caller, Inode parent, in NewNode node)
    {
        long now = Now();
        InodeRecord record = new()
        {
            Mode = node.Mode,
            Uid = caller.Uid,
            Gid = caller.Gid,
            Rdev = node.Rdev,
            Links = ModeBits.IsDirectory(node.Mode) ? 2 : 1,
            Length = node.Target.Length,
            Parent = ModeBits.IsDirectory(node.Mode) ? parent.Ino : 0,
            Generation = 1,
            AccessNs = now,
            ModifyNs = now,
            ChangeNs = now,
            BirthNs = now,
        };
        lock (parent.Sync)
        {
            if (parent.Record.Links == 0)
            {
                record.Links = 0;
            }

            if ((parent.Record.Mode & ModeBits.SetGid) != 0)
            {
                // inode(7): the group comes from the directory, and a directory hands the bit on.
                record.Gid = parent.Record.Gid;
                record.Mode |= record.IsDirectory ? ModeBits.SetGid : 0;
            }
        }

        bool foreignGroup = !caller.KernelChecked && caller.Uid != 0 && !Permissions.IsMember(caller, record.Gid);
        if (foreignGroup && !record.IsDirectory && (record.Mode & ModeBits.GroupExecute) != 0)
        {
            record.Mode &= ~ModeBits.SetGid;
        }

        return record;
    }

    private async ValueTask<FsError> LinkAsync(Caller caller, Inode inode, Inode parent, EntryName name)
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
            InodeRecord record;
            lock (inode.Sync)
            {
                record = inode.Record;
            }

            FsError error = CheckLinkable(caller, record, parent);
            return error == FsError.None ? await CommitLinkAsync(inode, record, parent, name) : error;
        }
        finally
        {
            locks.Exit();
        }
    }

    private static FsError CheckLinkable(in Caller caller, in InodeRecord record, Inode parent)
    {
        // Linux's fs.protected_hardlinks is the kernel's affair; a door of our own asks for ownership or the right to read and write.
        bool mayLink = caller.KernelChecked || Permissions.IsOwner(caller, record)
            || (record.IsRegular && Permissions.Allows(caller, record, Permissions.Read | Permissions.Write));
        return record.IsDirectory || !mayLink ? FsError.NotPermitted
            : record.Links == 0 || parent.Record.Links == 0 ? FsError.NotFound
            : record.Links >= FsLimits.MaxLinks ? FsError.TooManyLinks
            : FsError.None;
    }

    private async ValueTask<FsError> CommitLinkAsync(Inode inode, InodeRecord record, Inode parent, EntryName name)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            long now = Now();
            EntryRecord entry = new(inode.Ino, EntryRecord.TypeOf(record.Mode), 0);
            ParentChange change = new(0, 1);
            for (int attempt = 0; attempt < VolumeLimits.MaxConflicts; attempt++)
            {
                scratch.Batch.Reset();
                DirectoryStore.Create(scratch.Batch, name, entry, alone: attempt == 0);
                change.AppendTo(scratch.Batch, name.Parent, now);
                AppendLinks(scratch.Batch, inode, 1, now);
                CommitResult result = await commits.CommitAsync(scratch.Batch);
                if (result.Status == CommitStatus.Committed)
                {
                    directory.NoteCommitted(name, entry, result.Sequence);
                    change.ApplyTo(parent, now, result.Sequence);
                    ApplyLinks(inode, 1, now, result.Sequence);
                    return FsError.None;
                }

                (FsError error, entry) = await ResolveAsync(result.Status, name, entry);
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
