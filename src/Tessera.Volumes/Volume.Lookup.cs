using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    public async ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        FsError error = CheckName(name);
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
            error = CheckDirectory(caller, parentInode, Permissions.Execute);
            return error != FsError.None ? error
                : IsDotOrDotDot(name.Span) ? await TellAsync(name.Length == 1 ? parent : parentInode.Record.Parent, parent)
                : await LookupAsync(EntryName.Of(parent, name));
        }
        finally
        {
            inodes.Unpin(parentInode);
        }
    }

    public void Forget(ulong ino)
    {
        if (inodes.TryPin(ino) is not { } inode)
        {
            return;
        }

        lock (inode.Sync)
        {
            inode.Told = false;
        }

        orphans.Consider(inode);
        inodes.Unpin(inode);
    }

    public async ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            if (options.ReadOnly && (mask & Permissions.Write) != 0)
            {
                return FsError.ReadOnly;
            }

            lock (inode.Sync)
            {
                return Permissions.Allows(caller, inode.Record, mask) ? FsError.None : FsError.AccessDenied;
            }
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    public async ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            if (!ModeBits.IsSymlink(inode.Record.Mode))
            {
                return FsError.InvalidArgument;
            }

            int length = VolumeKeys.Symlink(scratch.Key, ino);
            StoreEntry entry = await services.Store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            if (!entry.Found || entry.Length > destination.Length)
            {
                throw new StoreDamageException($"The target of symbolic link {ino} is gone.");
            }

            scratch.Value.AsSpan(0, entry.Length).CopyTo(destination.Span);
            TouchAccess(inode);
            return entry.Length;
        }
        finally
        {
            services.Scratch.Return(scratch);
            inodes.Unpin(inode);
        }
    }

    private async ValueTask<FsResult<InodeAttributes>> LookupAsync(EntryName name)
    {
        if (!directory.TryGetCached(name, out FoundEntry found))
        {
            // The lock keeps what is read true until it is in the cache.
            await entryLocks.EnterAsync(name);
            try
            {
                found = await directory.FindAsync(name);
            }
            finally
            {
                entryLocks.Exit(name);
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

        InodeAttributes attributes = Tell(inode, seenIn);
        inodes.Unpin(inode);
        return attributes;
    }

    private static InodeAttributes Tell(Inode inode, ulong seenIn)
    {
        lock (inode.Sync)
        {
            inode.Told = true;
            inode.SeenIn = seenIn;
            return inode.Record.ToAttributes(inode.Ino, inode.Content?.DirtyBytes ?? 0);
        }
    }
}
