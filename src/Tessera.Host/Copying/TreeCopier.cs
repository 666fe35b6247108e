using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Makes in the target what a walk through the source finds. A name appears in the target when what it leads to is complete, and never before.</summary>
internal sealed class TreeCopier(CopyPlace source, CopyPlace target, CopyState state, CopyJob job) : ITreeVisitor
{
    private const uint Private = 0x180; // 0600
    private const uint PrivateDirectory = 0x1C0; // 0700
    private readonly AttributeCopier attributes = new(source, target, job.Tally);
    private readonly ContentCopier contents = new(source, target, job.Progress, job.Cancellation);
    private readonly byte[] linkTarget = new byte[FsLimits.MaxSymlink];

    public async ValueTask<bool> EnterAsync(TreeEntry directory)
    {
        job.Tally.Directories++;
        if (directory.Parent is null)
        {
            directory.Target = FsLimits.RootInode;
            return true;
        }

        FsResult<InodeAttributes> there = await target.Files.LookupAsync(target.Caller, directory.Parent.Target, directory.Name);
        if (there.Error == FsError.NotFound)
        {
            var node = new NewNode(ModeBits.Directory | PrivateDirectory, 0, default);
            there = await target.Files.MakeNodeAsync(attributes.Maker(directory), directory.Parent.Target, directory.Name, node);
        }

        if (!there.Ok)
        {
            throw CopyException.OfTarget("cannot be made, and nothing in it", there.Error);
        }

        directory.Target = there.Value.Ino;
        return ModeBits.IsDirectory(there.Value.Mode)
            ? true
            : throw new CopyException("is there already and no directory; it was left alone, and nothing in it copied");
    }

    /// <summary>A directory's times are set when nothing is made in it any more; those of the root, where the state lies, at the very end.</summary>
    public ValueTask LeaveAsync(TreeEntry directory) => directory.Parent is null ? default : FinishAsync(directory);

    /// <summary>Gives a directory its attributes, unless it has them.</summary>
    public async ValueTask FinishAsync(TreeEntry directory)
    {
        FsResult<InodeAttributes> now = await target.Files.GetAttributesAsync(target.Caller, directory.Target);
        if (!now.Ok)
        {
            throw CopyException.OfTarget("cannot be looked at", now.Error);
        }

        bool isDone = await attributes.CompareAsync(directory, now.Value) is null;
        if (!isDone)
        {
            await attributes.ApplyAsync(directory, directory.Target, now.Value);
        }
    }

    public async ValueTask VisitAsync(TreeEntry entry)
    {
        ulong linked = entry.IsLinked ? await state.FindLinkedAsync(entry) : 0;
        FsResult<InodeAttributes> there = await target.Files.LookupAsync(target.Caller, entry.Parent!.Target, entry.Name);
        if (there.Ok)
        {
            entry.Target = there.Value.Ino;
            bool isOurs = linked != 0 ? linked == entry.Target : IsCopyOf(entry, there.Value);
            if (isOurs)
            {
                job.Tally.Present++;
                await RememberAsync(entry);
                return;
            }

            if (!job.Replaces || ModeBits.IsDirectory(there.Value.Mode))
            {
                throw new CopyException("is there already and is another; it was left alone");
            }
        }
        else if (there.Error != FsError.NotFound)
        {
            throw CopyException.OfTarget("cannot be made", there.Error);
        }

        if (linked != 0)
        {
            await LinkAsync(entry, linked, replaces: there.Ok);
            return;
        }

        await MakeAsync(entry);
        await RememberAsync(entry);
    }

    /// <summary>What has its name is complete, so that these are enough to tell that it is a copy of this state of the file.</summary>
    private bool IsCopyOf(TreeEntry entry, InodeAttributes there)
    {
        InodeAttributes from = entry.Source;
        bool sameOwner = !target.KeepsOwners || (from.Uid, from.Gid) == (there.Uid, there.Gid);
        bool sameMode = from.Mode == there.Mode || (ModeBits.IsSymlink(from.Mode) && ModeBits.IsSymlink(there.Mode));
        return sameOwner && sameMode && from.Size == there.Size && from.Rdev == there.Rdev && from.ModifyTime == there.ModifyTime;
    }

    private ValueTask RememberAsync(TreeEntry entry) => entry.IsLinked ? state.RememberAsync(entry, entry.Target) : default;

    private async ValueTask LinkAsync(TreeEntry entry, ulong linked, bool replaces)
    {
        if (replaces)
        {
            FsError removed = await target.Files.UnlinkAsync(target.Caller, entry.Parent!.Target, entry.Name);
            if (removed != FsError.None)
            {
                throw CopyException.OfTarget("cannot be replaced", removed);
            }
        }

        FsResult<InodeAttributes> made = await target.Files.LinkAsync(target.Caller, linked, entry.Parent!.Target, entry.Name);
        if (!made.Ok)
        {
            throw CopyException.OfTarget("cannot be linked", made.Error);
        }

        entry.Target = linked;
        job.Tally.Links++;
    }

    private async ValueTask MakeAsync(TreeEntry entry)
    {
        byte[] staging = CopyState.StagingName(entry);
        InodeAttributes made = ModeBits.IsRegular(entry.Source.Mode) ? await MakeFileAsync(entry, staging) : await MakeNodeAsync(entry, staging);
        entry.Target = made.Ino;
        await RequireUnchangedAsync(entry);
        await attributes.ApplyAsync(entry, made.Ino, made);
        FsError named = await target.Files.RenameAsync(
            target.Caller,
            new DirectoryEntry(state.Directory, staging),
            new DirectoryEntry(entry.Parent!.Target, entry.Name),
            job.Replaces ? RenameFlags.None : RenameFlags.NoReplace);
        if (named != FsError.None)
        {
            throw CopyException.OfTarget("cannot be made", named);
        }
    }

    private async ValueTask<InodeAttributes> MakeFileAsync(TreeEntry entry, byte[] staging)
    {
        FsResult<OpenedFile> made = await target.Files.CreateAsync(
            attributes.Maker(entry), state.Directory, staging, Private, OpenFlags.WriteOnly | OpenFlags.Exclusive);
        if (made.Error == FsError.Exists)
        {
            made = await ReopenAsync(staging);
        }

        if (!made.Ok)
        {
            throw CopyException.OfTarget("cannot be made", made.Error);
        }

        (InodeAttributes now, ulong handle) = made.Value;
        try
        {
            await contents.CopyAsync(entry, now.Ino, handle, Math.Min(now.Size, entry.Source.Size));
        }
        finally
        {
            _ = await target.Files.ReleaseAsync(now.Ino, handle);
        }

        job.Tally.Files++;
        return now;
    }

    /// <summary>What an interrupted run had written of the very same file: it goes on where that ended.</summary>
    private async ValueTask<FsResult<OpenedFile>> ReopenAsync(byte[] staging)
    {
        FsResult<InodeAttributes> found = await target.Files.LookupAsync(target.Caller, state.Directory, staging);
        FsResult<ulong> opened = found.Ok ? await target.Files.OpenAsync(target.Caller, found.Value.Ino, OpenFlags.WriteOnly) : found.Error;
        return opened.Ok ? new OpenedFile(found.Value, opened.Value) : opened.Error;
    }

    private async ValueTask<InodeAttributes> MakeNodeAsync(TreeEntry entry, byte[] staging)
    {
        uint mode = entry.Source.Mode;
        ReadOnlyMemory<byte> leadsTo = default;
        if (ModeBits.IsSymlink(mode))
        {
            FsResult<int> length = await source.Files.ReadLinkAsync(source.Caller, entry.Source.Ino, linkTarget);
            leadsTo = length.Ok ? linkTarget.AsMemory(0, length.Value) : throw new CopyException("cannot be read", length.Error);
        }

        // A name of an interrupted run: there is nothing in it to go on with.
        _ = await target.Files.UnlinkAsync(target.Caller, state.Directory, staging);
        uint first = ModeBits.IsSymlink(mode) ? ModeBits.RightsMask : Private; // A link's mode is never changed (symlink(7)).
        var node = new NewNode((mode & ModeBits.TypeMask) | first, entry.Source.Rdev, leadsTo);
        FsResult<InodeAttributes> made = await target.Files.MakeNodeAsync(attributes.Maker(entry), state.Directory, staging, node);
        if (!made.Ok)
        {
            throw CopyException.OfTarget("cannot be made", made.Error);
        }

        job.Tally.Symlinks += ModeBits.IsSymlink(mode) ? 1 : 0;
        job.Tally.Specials += ModeBits.IsSymlink(mode) ? 0 : 1;
        return made.Value;
    }

    /// <summary>A file that is written to while it is read would be a mixture of what it was and is.</summary>
    private async ValueTask RequireUnchangedAsync(TreeEntry entry)
    {
        FsResult<InodeAttributes> now = await source.Files.GetAttributesAsync(source.Caller, entry.Source.Ino);
        if (!now.Ok || now.Value.Size != entry.Source.Size || now.Value.ModifyTime != entry.Source.ModifyTime)
        {
            throw new CopyException("was changed while it was copied, and so was not: run this again when nobody writes to it");
        }
    }
}
