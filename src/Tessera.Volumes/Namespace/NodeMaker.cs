using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>mknod(2), mkdir(2), symlink(2), open(2) with O_CREAT: a new inode and its name, by one commit.</summary>
internal sealed class NodeMaker(VolumeParts parts, NameGate gate, InodeNumbers numbers)
{
    private const InodeFlags InheritedFlags = InodeFlags.NoDump | InodeFlags.NoAccessTime;
    private readonly ContentServices services = parts.Services;
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly DirectoryStore directory = parts.Directory;
    private readonly AclStore acls = new(parts.Services);

    public static bool IsMakeable(in NewNode node) => (node.Mode & ModeBits.TypeMask) switch
    {
        ModeBits.Regular or ModeBits.Directory or ModeBits.Fifo or ModeBits.Socket
            or ModeBits.CharacterDevice or ModeBits.BlockDevice => node.Target.IsEmpty,
        ModeBits.Symlink => node.Target.Length is >= 1 and <= FsLimits.MaxSymlink && !node.Target.Span.Contains((byte)0),
        _ => false,
    };

    /// <summary>Makes an inode and its name by one commit; the inode is pinned for the caller, who holds the name's lock.</summary>
    public async ValueTask<(FsError Error, Inode? Made)> MakeAsync(Caller caller, Inode parent, EntryName name, NewNode node)
    {
        if (directory.TryGetCached(name, out FoundEntry known) && known.Found)
        {
            return (FsError.Exists, null);
        }

        FsError error = await parts.Access.CheckDirectoryAsync(caller, parent, Permissions.Write | Permissions.Execute);
        if (error != FsError.None)
        {
            // To somebody who may only search, an existing name is still an existing name (open(2), O_CREAT).
            bool exists = error is FsError.AccessDenied or FsError.NotPermitted && (await directory.FindAsync(name)).Found;
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
            NewInode made = await DescribeAsync(caller, parent, node);
            return made.Record.Links == 0 ? (FsError.NotFound, null) : await CommitNewAsync(parent, name, ino.Value, made);
        }
        finally
        {
            parent.Lock.ExitShared();
        }
    }

    /// <summary>Makes a regular file without a name, marked as an orphan by the same commit; it is pinned for the caller.</summary>
    public async ValueTask<(FsError Error, Inode? Made)> MakeUnnamedAsync(Caller caller, Inode parent, uint mode)
    {
        FsError error = await parts.Access.CheckDirectoryAsync(caller, parent, Permissions.Write | Permissions.Execute);
        FsResult<ulong> ino = error == FsError.None ? await numbers.TakeAsync() : error;
        if (!ino.Ok)
        {
            return (ino.Error, null);
        }

        StoreScratch scratch = services.Scratch.Rent();
        await parent.Lock.EnterSharedAsync();
        try
        {
            NewInode made = await DescribeAsync(caller, parent, new NewNode(mode, 0, default));
            if (made.Record.Links == 0)
            {
                return (FsError.NotFound, null);
            }

            InodeRecord record = (made with { Record = made.Record with { Links = 0 } }).AppendTo(scratch.Batch, ino.Value);
            OrphanMark.Put(scratch.Batch, ino.Value);
            CommitResult result = await commits.CommitAsync(scratch.Batch);
            if (result.Status != CommitStatus.Committed)
            {
                return (CommitLog.ToError(result.Status), null);
            }

            Inode inode = inodes.Pin(ino.Value);
            inodes.Install(inode, record, result.Sequence);
            return (FsError.None, inode);
        }
        finally
        {
            parent.Lock.ExitShared();
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>A whiteout for somebody else's commit: a character device 0:0 without rights, and the entry that names it. The directory's lock is shared.</summary>
    public async ValueTask<(FsError Error, (EntryRecord Entry, NewInode Inode) Whiteout)> PrepareWhiteoutAsync(Caller caller, Inode parent)
    {
        FsResult<ulong> ino = await numbers.TakeAsync();
        NewInode made = await DescribeAsync(caller, parent, new NewNode(ModeBits.CharacterDevice, 0, default));
        return (ino.Error, (new EntryRecord(ino.Value, EntryRecord.TypeOf(made.Record.Mode), 0), made));
    }

    private async ValueTask<(FsError Error, Inode? Made)> CommitNewAsync(Inode parent, EntryName name, ulong ino, NewInode made)
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
                change.AppendTo(scratch.Batch, parent, made.Record.BirthNs);
                InodeRecord record = made.AppendTo(scratch.Batch, ino);
                CommitResult result = await commits.CommitAsync(scratch.Batch);
                if (result.Status == CommitStatus.Committed)
                {
                    directory.NoteCommitted(name, entry, result.Sequence);
                    change.ApplyTo(parent, made.Record.BirthNs, result.Sequence);
                    Inode inode = inodes.Pin(ino);
                    inodes.Install(inode, record, result.Sequence);
                    return (FsError.None, inode);
                }

                (FsError error, entry) = await gate.ResolveAsync(result.Status, name, entry);
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

    /// <summary>The new inode; the directory's lock is shared. Where a directory has a default list, that is what narrows the mode, and
    /// not the umask (acl(5), Object creation and default ACLs).</summary>
    private async ValueTask<NewInode> DescribeAsync(Caller caller, Inode parent, NewNode node)
    {
        InodeRecord record = NewRecord(caller, parent, node);
        if (ModeBits.IsSymlink(record.Mode))
        {
            return new NewInode(record, node.Target);
        }

        if (!parent.Record.Marks.HasFlag(InodeMarks.HasDefaultAcl))
        {
            record.Mode &= ~(caller.Umask & ModeBits.RightsMask);
            return new NewInode(record, default);
        }

        byte[] inherited = await acls.ReadAsync(parent.Ino, AclKind.Default);
        byte[] access = inherited.AsSpan().ToArray();
        record.Mode = Acl.Inherit(access, record.Mode);
        return new NewInode(record, default)
        {
            AccessAcl = Acl.IsMinimal(access) ? null : access,
            DefaultAcl = record.IsDirectory ? inherited : null,
        };
    }

    /// <summary>Of an inode's birth. Numbers are not reused, but a power cut may take back one that nothing made durable, and a restored backup all that came
    /// later: a handle from then must not reach what gets the number now. The kernel keeps 32 bits.</summary>
    private static ulong GenerationOf(long birthNs) => (uint)(birthNs >> 10);

    /// <summary>The new inode's record; its link count is 0 when the directory is gone.</summary>
    private InodeRecord NewRecord(in Caller caller, Inode parent, in NewNode node)
    {
        long now = parts.Now();
        InodeRecord record = new()
        {
            Mode = node.Mode,
            Uid = caller.Uid,
            Gid = caller.Gid,
            Rdev = node.Rdev,
            Links = ModeBits.IsDirectory(node.Mode) ? 2 : 1,
            Length = node.Target.Length,
            Parent = ModeBits.IsDirectory(node.Mode) ? parent.Ino : 0,
            Generation = GenerationOf(now),
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

            record.Flags = parent.Record.Flags & InheritedFlags;
            if ((parent.Record.Mode & ModeBits.SetGid) != 0)
            {
                // inode(7): the group comes from the directory, and a directory hands the bit on.
                record.Gid = parent.Record.Gid;
                record.Mode |= record.IsDirectory ? ModeBits.SetGid : 0;
            }
        }

        bool foreignGroup = !caller.KernelChecked && caller.Uid != 0 && !caller.IsMember(record.Gid);
        if (foreignGroup && !record.IsDirectory && (record.Mode & ModeBits.GroupExecute) != 0)
        {
            record.Mode &= ~ModeBits.SetGid;
        }

        return record;
    }
}
