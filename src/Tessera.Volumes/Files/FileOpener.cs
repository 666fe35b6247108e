using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Files;

/// <summary>open(2), opendir(3), and the end of a handle.</summary>
internal sealed class FileOpener(VolumeParts parts, HandleTable handles, AttributeEditor attributes, OrphanCollector orphans)
{
    private readonly InodeTable inodes = parts.Inodes;

    public async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        FsError error = await CheckOpenAsync(caller, inode, flags);
        if (error == FsError.None && flags.HasFlag(OpenFlags.Truncate))
        {
            AttributeMask kill = flags.HasFlag(OpenFlags.KillPrivileges) ? AttributeMask.KillPrivileges : AttributeMask.None;
            AttributeChanges toNothing = new() { Mask = AttributeMask.Size | kill, Size = 0 };
            error = await attributes.TruncateAsync(caller, inode, toNothing);
        }

        return error == FsError.None ? AddHandle(caller, inode, flags) : Refused(inode, error);
    }

    public async ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        FsError error = await parts.Access.CheckDirectoryAsync(caller, inode, Permissions.Read);
        return error == FsError.None ? AddHandle(caller, inode, OpenFlags.ReadOnly) : Refused(inode, error);
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

    private ValueTask<FsError> CheckOpenAsync(in Caller caller, Inode inode, OpenFlags flags)
    {
        OpenFlags access = flags & OpenFlags.AccessMask;
        bool writes = access != OpenFlags.ReadOnly || flags.HasFlag(OpenFlags.Truncate);
        if (writes && parts.IsReadOnly)
        {
            return new(FsError.ReadOnly);
        }

        int mask = (access != OpenFlags.WriteOnly ? Permissions.Read : 0) | (writes ? Permissions.Write : 0);
        bool appends = flags.HasFlag(OpenFlags.Append) && !flags.HasFlag(OpenFlags.Truncate);
        FsError error = inode.Record.IsDirectory ? FsError.IsDirectory
            : ModeBits.IsSymlink(inode.Record.Mode) ? FsError.TooManySymlinks
            : !inode.Record.IsRegular ? FsError.InvalidArgument
            : writes && !appends && inode.Record.Flags.HasFlag(InodeFlags.AppendOnly) ? FsError.NotPermitted
            : FsError.None;
        return error != FsError.None ? new(error) : parts.Access.CheckAsync(caller, inode, mask);
    }

    /// <summary>Makes a handle that keeps the caller's pin.</summary>
    private FsResult<ulong> AddHandle(in Caller caller, Inode inode, OpenFlags flags)
    {
        OpenFile file = new() { Inode = inode, Flags = flags, Uid = caller.Uid };
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
    public FsResult<OpenedFile> Opened(in Caller caller, Inode made, ulong parent, OpenFlags flags)
    {
        InodeAttributes known = made.Tell(parent);
        FsResult<ulong> handle = AddHandle(caller, made, flags);
        return handle.Ok ? new OpenedFile(known, handle.Value) : handle.Error;
    }

    /// <summary>Opens a file made without a name, which the orphan collector has in its care from now on; its pin goes to the handle.</summary>
    public FsResult<OpenedFile> OpenedUnnamed(in Caller caller, Inode made, ulong parent, OpenFlags flags)
    {
        lock (made.Sync)
        {
            made.IsLinkable = !flags.HasFlag(OpenFlags.Exclusive);
            made.Told = true; // Until there is a handle: an orphan that nobody holds is collected at once.
        }

        orphans.Add(made);
        FsResult<OpenedFile> opened = Opened(caller, made, parent, flags);
        if (!opened.Ok)
        {
            lock (made.Sync)
            {
                made.Told = false;
            }

            orphans.Consider(made);
        }

        return opened;
    }

    /// <summary>Opens what open(2) with O_CREAT found.</summary>
    public async ValueTask<FsResult<OpenedFile>> OpenExistingAsync(Caller caller, ulong ino, ulong parent, OpenFlags flags)
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

        return new OpenedFile(handles.Find(handle.Value, ino)!.Inode.Tell(parent), handle.Value);
    }
}
