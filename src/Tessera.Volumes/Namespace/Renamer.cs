using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>renameat2(2): locks, looks, commits; what a rename means is decided by <see cref="Renaming"/>.</summary>
internal sealed class Renamer(VolumeParts parts, NameGate gate, OrphanCollector orphans, NodeMaker maker)
{
    private readonly ContentServices services = parts.Services;
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly DirectoryStore directory = parts.Directory;

    /// <summary>Held by whoever gives a directory another parent: then nobody else changes any directory's ancestors.</summary>
    private readonly AsyncReaderWriterLock treeLock = new();

    public async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        bool contradictory = flags.HasFlag(RenameFlags.Exchange) && flags != RenameFlags.Exchange;
        if (contradictory || (flags & ~(RenameFlags.NoReplace | RenameFlags.Exchange | RenameFlags.Whiteout)) != RenameFlags.None)
        {
            return FsError.InvalidArgument;
        }

        (FsError error, Inode? fromParent) = await gate.BeginChangeAsync(caller, from.Parent, from.Name, Permissions.Execute);
        if (fromParent is null)
        {
            return error;
        }

        (error, Inode? toParent) = await gate.BeginChangeAsync(caller, to.Parent, to.Name, Permissions.Execute);
        try
        {
            if (toParent is not null)
            {
                Renaming renaming = new(caller, EntryName.Of(from.Parent, from.Name), EntryName.Of(to.Parent, to.Name), flags)
                {
                    FromParent = fromParent,
                    ToParent = toParent,
                };
                error = await RenameAsync(renaming);
            }
        }
        finally
        {
            inodes.Unpin(fromParent);
            if (toParent is not null)
            {
                inodes.Unpin(toParent);
            }
        }

        await orphans.HelpAsync();
        return error;
    }

    /// <summary>Finds out whether a directory changes its parent; if so, again under the tree lock, which keeps every directory's
    /// ancestors as they are.</summary>
    private async ValueTask<FsError> RenameAsync(Renaming renaming)
    {
        bool movesDirectory = false;
        FsError error = FsError.TryAgain;
        for (int attempt = 0; error == FsError.TryAgain && attempt < VolumeLimits.MaxConflicts; attempt++)
        {
            bool holdsTree = movesDirectory;
            if (holdsTree)
            {
                await treeLock.EnterExclusiveAsync();
            }

            await gate.Locks.EnterAsync(renaming.From, renaming.To);
            try
            {
                renaming.Source = attempt == 0 ? await directory.FindAsync(renaming.From) : await directory.FindAgainAsync(renaming.From);
                renaming.Target = attempt == 0 ? await directory.FindAsync(renaming.To) : await directory.FindAgainAsync(renaming.To);
                movesDirectory = renaming.MovesDirectory;
                error = movesDirectory && !holdsTree ? FsError.TryAgain : await RenameHeldAsync(renaming);
            }
            finally
            {
                gate.Locks.Exit(renaming.From, renaming.To);
                if (holdsTree)
                {
                    treeLock.ExitExclusive();
                }
            }
        }

        return error;
    }

    private async ValueTask<FsError> RenameHeldAsync(Renaming renaming)
    {
        FsError error = renaming.CheckEntries();
        if (error != FsError.None || renaming.IsNothing)
        {
            return error;
        }

        if (renaming.MovesDirectory && await MakesCycleAsync(renaming))
        {
            return FsError.InvalidArgument;
        }

        Inode source = await gate.LoadNamedAsync(renaming.Source, renaming.From);
        Inode? target = renaming.Target.Found ? await gate.LoadNamedAsync(renaming.Target, renaming.To) : null;
        InodeLockSet locks = default;
        locks.Add(renaming.FromParent, exclusive: false);
        locks.Add(renaming.ToParent, exclusive: false);
        locks.Add(source, exclusive: true);
        locks.Add(target, exclusive: true);
        await locks.EnterAsync();
        try
        {
            error = await renaming.CheckRightsAsync(parts.Access, source, target);
            if (error == FsError.None && renaming.LeavesWhiteout)
            {
                (error, renaming.Whiteout) = await maker.PrepareWhiteoutAsync(renaming.Caller, renaming.FromParent);
            }

            if (error == FsError.None)
            {
                error = await CommitRenameAsync(renaming, source, target);
            }

            if (error == FsError.None && target is not null && !renaming.IsExchange)
            {
                orphans.AfterUnlink(renaming.Caller, target);
            }

            return error;
        }
        finally
        {
            locks.Exit();
            inodes.Unpin(source);
            if (target is not null)
            {
                inodes.Unpin(target);
            }
        }
    }

    /// <summary>Whether a directory would come to lie below itself.</summary>
    private async ValueTask<bool> MakesCycleAsync(Renaming renaming) =>
        (renaming.Source.IsDirectory && await IsAncestorAsync(renaming.Source.Ino, renaming.To.Parent))
        || (renaming.IsExchange && renaming.Target.IsDirectory && await IsAncestorAsync(renaming.Target.Ino, renaming.From.Parent));

    /// <summary>Whether <paramref name="ancestor"/> is the directory or above it. Under the tree lock.</summary>
    private async ValueTask<bool> IsAncestorAsync(ulong ancestor, ulong directoryIno)
    {
        for (int depth = 0; depth < VolumeLimits.MaxDepth && directoryIno != FsLimits.RootInode; depth++)
        {
            if (directoryIno == ancestor)
            {
                return true;
            }

            Inode inode = await inodes.LoadAsync(directoryIno) ?? throw new StoreDamageException($"The parent directory {directoryIno} does not exist.");
            directoryIno = inode.Record.Parent;
            inodes.Unpin(inode);
        }

        return ancestor == FsLimits.RootInode;
    }

    private async ValueTask<FsError> CommitRenameAsync(Renaming renaming, Inode source, Inode? target)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            long now = parts.Now();
            EntryRecord moved = renaming.Source.Record with { Ordinal = 0 };
            for (int attempt = 0; attempt < VolumeLimits.MaxConflicts; attempt++)
            {
                scratch.Batch.Reset();
                AppendEntries(scratch, renaming, moved, alone: attempt == 0);
                AppendInodes(scratch.Batch, renaming, (source, target), now);
                CommitResult result = await commits.CommitAsync(scratch.Batch);
                if (result.Status == CommitStatus.Committed)
                {
                    ApplyRename(renaming, (source, target), moved, (now, result.Sequence));
                    return FsError.None;
                }

                if (result.Status != CommitStatus.CheckFailed || target is not null)
                {
                    bool notEmpty = result.Status == CommitStatus.CheckFailed && renaming.ReplacesDirectory && !await directory.IsEmptyAsync(target!.Ino);
                    return notEmpty ? FsError.NotEmpty : CommitLog.ToError(result.Status);
                }

                (FsError error, moved) = await gate.ResolveAsync(result.Status, renaming.To, moved);
                if (error != FsError.None)
                {
                    // Somebody else made the name meanwhile: begin again with what is there now.
                    return error == FsError.Exists ? FsError.TryAgain : error;
                }

                if ((await directory.FindAgainAsync(renaming.From)).Version != renaming.Source.Version)
                {
                    return FsError.TryAgain;
                }
            }

            return FsError.TryAgain;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    private static void AppendEntries(StoreScratch scratch, Renaming renaming, in EntryRecord moved, bool alone)
    {
        StoreBatch batch = scratch.Batch;
        if (renaming.IsExchange)
        {
            DirectoryStore.Replace(batch, renaming.From, renaming.Source, renaming.Target.Record);
            DirectoryStore.Replace(batch, renaming.To, renaming.Target, renaming.Source.Record);
            return;
        }

        if (renaming.LeavesWhiteout)
        {
            DirectoryStore.Replace(batch, renaming.From, renaming.Source, renaming.Whiteout.Entry);
            renaming.Whiteout.Inode.AppendTo(batch, renaming.Whiteout.Entry.Ino);
        }
        else
        {
            DirectoryStore.Delete(batch, renaming.From, renaming.Source);
        }

        if (!renaming.Target.Found)
        {
            DirectoryStore.Create(batch, renaming.To, moved, alone);
            return;
        }

        DirectoryStore.Replace(batch, renaming.To, renaming.Target, moved);
        if (renaming.ReplacesDirectory)
        {
            batch.CheckPrefixEmpty(scratch.Key.AsSpan(0, VolumeKeys.Entries(scratch.Key, renaming.Target.Ino)));
        }
    }

    private static void AppendInodes(StoreBatch batch, Renaming renaming, (Inode Source, Inode? Target) pair, long now)
    {
        new LinkChange(0, now, renaming.SourceParentAfter).AppendTo(batch, pair.Source);
        if (pair.Target is not null)
        {
            new LinkChange(renaming.TargetLinks, now, renaming.TargetParentAfter).AppendTo(batch, pair.Target);
        }

        renaming.FromChange.AppendTo(batch, renaming.FromParent, now);
        if (!renaming.SameParent)
        {
            renaming.ToChange.AppendTo(batch, renaming.ToParent, now);
        }
    }

    private void ApplyRename(Renaming renaming, (Inode Source, Inode? Target) pair, in EntryRecord moved, (long Now, ulong Sequence) at)
    {
        if (renaming.IsExchange)
        {
            directory.NoteCommitted(renaming.From, renaming.Target.Record with { Ordinal = renaming.Source.Record.Ordinal }, at.Sequence);
            directory.NoteCommitted(renaming.To, renaming.Source.Record with { Ordinal = renaming.Target.Record.Ordinal }, at.Sequence);
        }
        else
        {
            byte ordinal = renaming.Target.Found ? renaming.Target.Record.Ordinal : moved.Ordinal;
            NoteLeft(renaming, at.Sequence);
            directory.NoteCommitted(renaming.To, moved with { Ordinal = ordinal }, at.Sequence);
        }

        new LinkChange(0, at.Now, renaming.SourceParentAfter).ApplyTo(pair.Source, at.Sequence);
        if (pair.Target is not null)
        {
            new LinkChange(renaming.TargetLinks, at.Now, renaming.TargetParentAfter).ApplyTo(pair.Target, at.Sequence);
        }

        renaming.FromChange.ApplyTo(renaming.FromParent, at.Now, at.Sequence);
        if (!renaming.SameParent)
        {
            renaming.ToChange.ApplyTo(renaming.ToParent, at.Now, at.Sequence);
        }

        lock (pair.Source.Sync)
        {
            pair.Source.SeenIn = renaming.To.Parent;
        }
    }

    /// <summary>What is now where the entry was.</summary>
    private void NoteLeft(Renaming renaming, ulong sequence)
    {
        if (renaming.LeavesWhiteout)
        {
            directory.NoteCommitted(renaming.From, renaming.Whiteout.Entry with { Ordinal = renaming.Source.Record.Ordinal }, sequence);
        }
        else
        {
            directory.NoteDeleted(renaming.From);
        }
    }
}
