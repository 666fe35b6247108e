using System.Globalization;
using System.Text;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>A directory in the target for as long as the copy is unfinished. What is made lies in it until it is complete and gets its name; and for each inode
/// with several names there is a link in it, so that neither memory nor a second run has to know them all.</summary>
internal sealed class CopyState
{
    private static readonly byte[] LinksName = "links"u8.ToArray();
    private readonly CopyPlace target;
    private ulong links;

    private CopyState(CopyPlace target) => this.target = target;

    /// <summary>Its name, in the target's root.</summary>
    public static byte[] Name { get; } = ".tessera-copy"u8.ToArray();

    /// <summary>Its inode.</summary>
    public ulong Directory { get; private set; }

    /// <summary>Finds what an interrupted run left, or makes it.</summary>
    /// <exception cref="CopyException">It cannot be made.</exception>
    public static async ValueTask<CopyState> OpenAsync(CopyPlace target)
    {
        var state = new CopyState(target);
        state.Directory = await state.FindOrMakeAsync(FsLimits.RootInode, Name);
        state.links = await state.FindOrMakeAsync(state.Directory, LinksName);
        return state;
    }

    /// <summary>The name under which an entry is made: the same for the same state of the same file, so that a second run finds what the first had written of it.</summary>
    public static byte[] StagingName(TreeEntry entry) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.Identity:x}-{entry.Source.Size:x}-{entry.Source.ModifyTime.Seconds:x}-{entry.Source.ModifyTime.Nanoseconds:x}"));

    /// <summary>The inode that stands for one of several names in the target; 0: none yet.</summary>
    public async ValueTask<ulong> FindLinkedAsync(TreeEntry entry)
    {
        FsResult<InodeAttributes> found = await target.Files.LookupAsync(target.Caller, links, LinkName(entry));
        return found.Ok ? found.Value.Ino : found.Error == FsError.NotFound ? 0UL : throw CopyException.OfTarget("cannot be linked", found.Error);
    }

    /// <summary>Remembers the inode for the entry's other names.</summary>
    public async ValueTask RememberAsync(TreeEntry entry, ulong ino)
    {
        FsResult<InodeAttributes> linked = await target.Files.LinkAsync(target.Caller, ino, links, LinkName(entry));

        // Exists: by an earlier run. NotPermitted: one that was finished before and is immutable since.
        if (!linked.Ok && linked.Error is not (FsError.Exists or FsError.NotPermitted))
        {
            throw CopyException.OfTarget("cannot be linked", linked.Error);
        }
    }

    /// <summary>Removes it, with what interrupted runs left in it and nobody needed any more.</summary>
    /// <exception cref="CopyException">It cannot be removed.</exception>
    public async ValueTask RemoveAsync()
    {
        await RemoveNamesAsync(links);
        Check(await target.Files.RemoveDirectoryAsync(target.Caller, Directory, LinksName));
        await RemoveNamesAsync(Directory);
        Check(await target.Files.RemoveDirectoryAsync(target.Caller, FsLimits.RootInode, Name));
    }

    private static byte[] LinkName(TreeEntry entry) => Encoding.ASCII.GetBytes(entry.Identity.ToString("x", CultureInfo.InvariantCulture));

    private async ValueTask<ulong> FindOrMakeAsync(ulong parent, byte[] name)
    {
        const uint OwnerOnly = 0x1C0;
        FsResult<InodeAttributes> found = await target.Files.LookupAsync(target.Caller, parent, name);
        if (found.Error == FsError.NotFound)
        {
            found = await target.Files.MakeNodeAsync(target.Caller, parent, name, new NewNode(ModeBits.Directory | OwnerOnly, 0, default));
        }

        return found.Ok ? found.Value.Ino : throw CopyException.OfTarget($"cannot be written into ({Encoding.ASCII.GetString(name)})", found.Error);
    }

    /// <summary>Page by page from the start, because a page's names are gone when the next is asked for.</summary>
    private async ValueTask RemoveNamesAsync(ulong directory)
    {
        var names = new NamePage();
        bool removedAny;
        do
        {
            removedAny = false;
            names.Clear();
            Check(await target.Files.ReadDirectoryAsync(target.Caller, directory, 0, names));
            while (names.Take() is { } name)
            {
                Check(await target.Files.UnlinkAsync(target.Caller, directory, name));
                removedAny = true;
            }
        }
        while (removedAny);
    }

    private static void Check(FsError error)
    {
        if (error != FsError.None)
        {
            throw CopyException.OfTarget($"has a directory {Encoding.ASCII.GetString(Name)} that cannot be removed", error);
        }
    }
}
