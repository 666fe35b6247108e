using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    public async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        FsError error = CheckOpen(caller, inode, flags);
        if (error == FsError.None && flags.HasFlag(OpenFlags.Truncate))
        {
            AttributeChanges toNothing = new() { Mask = AttributeMask.Size, Size = 0 };
            error = await TruncateAsync(caller, inode, toNothing);
        }

        return error == FsError.None ? AddHandle(inode, flags) : Refused(inode, error);
    }

    public async ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        FsError error = CheckDirectory(caller, inode, Permissions.Read);
        return error == FsError.None ? AddHandle(inode, OpenFlags.ReadOnly) : Refused(inode, error);
    }

    /// <remarks>What mmap(2) wrote after the last close(2) is stored here.</remarks>
    public async ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle)
    {
        OpenFile? file = handles.Remove(handle, ino);
        if (file is null)
        {
            return FsError.BadHandle;
        }

        Inode inode = file.Inode;
        try
        {
            return inode.Content is null ? FsError.None : await parts.Flusher.FlushAsync(inode, ContentLimits.MaxInlineFlush);
        }
        finally
        {
            lock (inode.Sync)
            {
                inode.OpenHandles--;
                if (inode.OpenHandles == 0 && !inode.SegmentsQueued && inode.Content is { IsIdle: true })
                {
                    inode.Content = null;
                }
            }

            orphans.Consider(inode);
            inodes.Unpin(inode);
        }
    }

    public ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle) => ReleaseAsync(ino, handle);

    private FsError CheckOpen(in Caller caller, Inode inode, OpenFlags flags)
    {
        OpenFlags access = flags & OpenFlags.AccessMask;
        bool writes = access != OpenFlags.ReadOnly || flags.HasFlag(OpenFlags.Truncate);
        if (writes && options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        int mask = (access != OpenFlags.WriteOnly ? Permissions.Read : 0) | (writes ? Permissions.Write : 0);
        lock (inode.Sync)
        {
            return inode.Record.IsDirectory ? FsError.IsDirectory
                : ModeBits.IsSymlink(inode.Record.Mode) ? FsError.TooManySymlinks
                : !inode.Record.IsRegular ? FsError.InvalidArgument
                : Permissions.Check(caller, inode.Record, mask);
        }
    }

    /// <summary>Makes a handle that keeps the caller's pin.</summary>
    private FsResult<ulong> AddHandle(Inode inode, OpenFlags flags)
    {
        OpenFile file = new() { Inode = inode, Flags = flags };
        lock (inode.Sync)
        {
            if (inode.IsGone || inode.CollectionQueued)
            {
                return Refused(inode, FsError.Stale);
            }

            inode.OpenHandles++;
            file.SeenErrors = inode.WriteErrors;
        }

        if (handles.TryAdd(file))
        {
            return file.Handle;
        }

        lock (inode.Sync)
        {
            inode.OpenHandles--;
        }

        return Refused(inode, FsError.TooManyOpenFiles);
    }

    private FsError Refused(Inode inode, FsError error)
    {
        inodes.Unpin(inode);
        return error;
    }

    /// <summary>The opened file just made; its pin goes to the handle.</summary>
    private FsResult<OpenedFile> Opened(Inode made, ulong parent, OpenFlags flags)
    {
        InodeAttributes attributes = Tell(made, parent);
        FsResult<ulong> handle = AddHandle(made, flags);
        return handle.Ok ? new OpenedFile(attributes, handle.Value) : handle.Error;
    }

    private async ValueTask<FsResult<OpenedFile>> OpenExistingAsync(Caller caller, ulong ino, ulong parent, OpenFlags flags)
    {
        if (ino == 0)
        {
            return FsError.NotFound;
        }

        FsResult<ulong> handle = await OpenAsync(caller, ino, flags);
        if (!handle.Ok)
        {
            return handle.Error == FsError.Stale ? FsError.NotFound : handle.Error;
        }

        FsResult<InodeAttributes> attributes = await TellAsync(ino, parent);
        return new OpenedFile(attributes.Value, handle.Value);
    }
}
