using Tessera.Core.FileSystem;
using Tessera.Core.Stores;

namespace Tessera.Host.Copying;

/// <summary>Walks the tree of a source depth first and shows each name to a visitor. Memory: a page of names for each directory above the current name.</summary>
internal sealed class TreeWalk(CopyPlace source, CopyPlace target, CopyJob job)
{
    private readonly IFileSystem files = source.Files;
    private readonly Caller caller = source.Caller;
    private readonly CopyTally tally = job.Tally;
    private readonly Stack<(TreeEntry Directory, NamePage Names)> open = new();

    /// <exception cref="CopyException">The root cannot be visited, or nothing more can be written to the target.</exception>
    public async Task RunAsync(ITreeVisitor visitor)
    {
        FsResult<InodeAttributes> attributes = await files.GetAttributesAsync(caller, FsLimits.RootInode);
        var root = new TreeEntry(parent: null, [], attributes.Ok ? attributes.Value : throw new CopyException("cannot be looked at", attributes.Error));
        open.Clear();
        job.Progress.AddName(0);
        if (await visitor.EnterAsync(root))
        {
            open.Push((root, new NamePage()));
        }

        while (open.TryPeek(out (TreeEntry Directory, NamePage Names) top))
        {
            job.Cancellation.ThrowIfCancellationRequested();
            byte[]? name = top.Names.Take() ?? await ReadMoreAsync(top.Directory, top.Names);
            if (name is not null)
            {
                await VisitAsync(visitor, top.Directory, name);
                continue;
            }

            open.Pop();
            await TryAsync(top.Directory, () => visitor.LeaveAsync(top.Directory));
            Forget(top.Directory);
        }
    }

    /// <summary>The first name of the next page; null at the directory's end.</summary>
    private async ValueTask<byte[]?> ReadMoreAsync(TreeEntry directory, NamePage names)
    {
        do
        {
            names.Clear();
            FsError error = FsError.IO;
            try
            {
                error = await files.ReadDirectoryAsync(caller, directory.Source.Ino, names.Cookie, names);
            }
            catch (StoreDamageException damage)
            {
                tally.Fail(directory.Path, $"cannot be listed to its end: {damage.Message}", isDamage: true);
                return null;
            }

            if (error != FsError.None)
            {
                tally.Fail(directory.Path, new CopyException("cannot be listed to its end", error).Message);
                return null;
            }

            if (names.Take() is { } first)
            {
                return first;
            }
        }
        while (names.TookAny); // A page of "." and ".." alone.

        return null;
    }

    private async ValueTask VisitAsync(ITreeVisitor visitor, TreeEntry parent, byte[] name)
    {
        TreeEntry entry;
        try
        {
            FsResult<InodeAttributes> found = await files.LookupAsync(caller, parent.Source.Ino, name);
            if (found.Error == FsError.NotFound)
            {
                return; // Removed since it was listed.
            }

            entry = new TreeEntry(parent, name, found.Value);
            if (!found.Ok)
            {
                Refuse(entry, found.Error);
                return;
            }
        }
        catch (StoreDamageException damage)
        {
            tally.Fail(new TreeEntry(parent, name, default).Path, damage.Message, isDamage: true);
            return;
        }

        if (!ModeBits.IsDirectory(entry.Source.Mode))
        {
            await TryAsync(entry, () => visitor.VisitAsync(entry));
            job.Progress.AddName(ModeBits.IsRegular(entry.Source.Mode) ? entry.Source.Size : 0);
            Forget(entry);
        }
        else if (!await EnterAsync(visitor, entry))
        {
            Forget(entry);
        }
    }

    /// <summary>A name that leads to another file system is told of where its mount is (<see cref="MountsBeneath"/>).</summary>
    private void Refuse(TreeEntry entry, FsError error)
    {
        if (error != FsError.CrossDevice)
        {
            tally.Fail(entry.Path, new CopyException("cannot be looked at", error).Message);
        }
    }

    private async ValueTask<bool> EnterAsync(ITreeVisitor visitor, TreeEntry directory)
    {
        if (directory.Depth > CopyLimits.MaxDepth)
        {
            tally.Fail(directory.Path, $"is more than {CopyLimits.MaxDepth} directories deep; nothing in it is copied");
            return false;
        }

        bool enters = false;
        job.Progress.AddName(0);
        await TryAsync(directory, async () => enters = await visitor.EnterAsync(directory));
        if (enters)
        {
            open.Push((directory, new NamePage()));
        }

        return enters;
    }

    /// <summary>The one place where what befalls a name is told of, and the walk goes on.</summary>
    private async ValueTask TryAsync(TreeEntry entry, Func<ValueTask> visit)
    {
        try
        {
            await visit();
        }
        catch (CopyException fault) when (!fault.EndsAll)
        {
            tally.Fail(entry.Path, fault.Message);
        }
        catch (StoreDamageException damage)
        {
            tally.Fail(entry.Path, damage.Message, isDamage: true);
        }
        catch (CopyException fault)
        {
            throw new CopyException($"{entry.Path} {fault.Message}") { EndsAll = true, Error = fault.Error };
        }
    }

    private void Forget(TreeEntry entry)
    {
        if (entry.Parent is null)
        {
            return;
        }

        files.Forget(entry.Source.Ino);
        if (entry.Target != 0)
        {
            target.Files.Forget(entry.Target);
        }
    }
}
