using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>Looks names up.</summary>
internal sealed class NameFinder(VolumeParts parts, NameGate gate)
{
    private readonly InodeTable inodes = parts.Inodes;
    private readonly DirectoryStore directory = parts.Directory;

    public async ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        FsError error = NameGate.CheckName(name);
        if (error != FsError.None)
        {
            return error;
        }

        Inode? parentInode = await inodes.LoadAsync(parent);
        if (parentInode is null)
        {
            return FsError.Stale;
        }

        try
        {
            if (name.Span.SequenceEqual("."u8))
            {
                return TellItself(parentInode);
            }

            error = await parts.Access.CheckDirectoryAsync(caller, parentInode, Permissions.Execute);
            return error != FsError.None ? error
                : NameGate.IsDotOrDotDot(name.Span) ? await TellAsync(parentInode.Record.Parent, parent)
                : await LookupAsync(EntryName.Of(parent, name));
        }
        finally
        {
            inodes.Unpin(parentInode);
        }
    }

    /// <summary>Who holds a handle (open_by_handle_at(2), an NFS client) asks "." of any inode, no path having led to it: it need not be a directory,
    /// and there is no search permission to ask for. What has no name any more is not reached by an old handle.</summary>
    private static FsResult<InodeAttributes> TellItself(Inode inode) =>
        inode.GetRecord().Links == 0 ? FsError.Stale : inode.Tell(inode.SeenIn);

    private async ValueTask<FsResult<InodeAttributes>> LookupAsync(EntryName name)
    {
        if (!directory.TryGetCached(name, out FoundEntry found))
        {
            // The lock keeps what is read true until it is in the cache.
            await gate.Locks.EnterAsync(name);
            try
            {
                found = await directory.FindAsync(name);
            }
            finally
            {
                gate.Locks.Exit(name);
            }
        }

        return found.Found ? await TellAsync(found.Ino, name.Parent) : FsError.NotFound;
    }

    /// <summary>The attributes of an inode that the door is told of now.</summary>
    private async ValueTask<FsResult<InodeAttributes>> TellAsync(ulong ino, ulong seenIn)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            // Unlinked and collected between the look at its name and the look at it.
            return FsError.NotFound;
        }

        InodeAttributes attributes = inode.Tell(seenIn);
        inodes.Unpin(inode);
        return attributes;
    }
}
