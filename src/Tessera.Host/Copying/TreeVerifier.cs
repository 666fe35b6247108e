using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Compares the target with the source, name by name: kind, every byte, attributes, and that names of one inode are names of one inode.</summary>
internal sealed class TreeVerifier(CopyPlace source, CopyPlace target, CopyState state, CopyJob job) : ITreeVisitor
{
    private readonly AttributeCopier attributes = new(source, target, job.Tally);
    private readonly ContentCopier contents = new(source, target, job.Progress, job.Cancellation);
    private readonly byte[] left = new byte[FsLimits.MaxSymlink];
    private readonly byte[] right = new byte[FsLimits.MaxSymlink];

    public async ValueTask<bool> EnterAsync(TreeEntry directory)
    {
        InodeAttributes there = directory.Parent is null ? await LookAtRootAsync() : await FindAsync(directory);
        directory.Target = there.Ino;
        if (!ModeBits.IsDirectory(there.Mode))
        {
            throw new CopyException("is no directory in the target");
        }

        // The root has its times when the state in it is gone. What differs in a directory says nothing of what is in it.
        if (directory.Parent is not null && await attributes.CompareAsync(directory, there) is { } difference)
        {
            job.Tally.Fail(directory.Path, difference);
        }

        job.Tally.VerifiedNames++;
        return true;
    }

    public ValueTask LeaveAsync(TreeEntry directory) => default;

    /// <summary>Compares the root's own attributes, once it has them.</summary>
    public async ValueTask CompareRootAsync(TreeEntry root) => await CompareAttributesAsync(root, await LookAtRootAsync());

    public async ValueTask VisitAsync(TreeEntry entry)
    {
        InodeAttributes there = await FindAsync(entry);
        entry.Target = there.Ino;
        if ((there.Mode & ModeBits.TypeMask) != (entry.Source.Mode & ModeBits.TypeMask))
        {
            throw new CopyException("is of another kind in the target");
        }

        string? difference = ModeBits.IsRegular(there.Mode) ? await contents.CompareAsync(entry, there)
            : ModeBits.IsSymlink(there.Mode) ? await CompareLinkAsync(entry, there)
            : null;
        if (difference is not null)
        {
            throw new CopyException(difference);
        }

        await CompareAttributesAsync(entry, there);
        ulong linked = entry.IsLinked ? await state.FindLinkedAsync(entry) : 0;
        if (linked != 0 && linked != there.Ino)
        {
            throw new CopyException("is a file of its own instead of another name of one");
        }

        job.Tally.VerifiedNames++;
    }

    private async ValueTask<string?> CompareLinkAsync(TreeEntry entry, InodeAttributes there)
    {
        FsResult<int> from = await source.Files.ReadLinkAsync(source.Caller, entry.Source.Ino, left);
        FsResult<int> to = await target.Files.ReadLinkAsync(target.Caller, there.Ino, right);
        return from.Ok && to.Ok && left.AsSpan(0, from.Value).SequenceEqual(right.AsSpan(0, to.Value)) ? null : "leads elsewhere than its source";
    }

    private async ValueTask CompareAttributesAsync(TreeEntry entry, InodeAttributes there)
    {
        if (await attributes.CompareAsync(entry, there) is { } difference)
        {
            throw new CopyException(difference);
        }
    }

    private async ValueTask<InodeAttributes> FindAsync(TreeEntry entry)
    {
        FsResult<InodeAttributes> there = await target.Files.LookupAsync(target.Caller, entry.Parent!.Target, entry.Name);
        return there.Ok ? there.Value
            : there.Error == FsError.NotFound ? throw new CopyException("is not in the target")
            : throw new CopyException("cannot be looked at in the target", there.Error);
    }

    private async ValueTask<InodeAttributes> LookAtRootAsync()
    {
        FsResult<InodeAttributes> there = await target.Files.GetAttributesAsync(target.Caller, FsLimits.RootInode);
        return there.Ok ? there.Value : throw new CopyException("cannot be looked at in the target", there.Error);
    }
}
