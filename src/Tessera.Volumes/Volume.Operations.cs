using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    /// <summary>Block size that statfs tells, bytes.</summary>
    private const uint StatisticsBlock = 4096;

    /// <summary>One part in so many of a volume that statistics would not show is worth a checkpoint.</summary>
    private const ulong ShareWorthSettling = 16;

    /// <summary>Space a new file takes at least: its records in the map.</summary>
    private const ulong BytesPerInode = 512;

    private InodeTable Inodes => parts.Inodes;

    public ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        finder.LookupAsync(caller, parent, name);

    public void Forget(ulong ino)
    {
        if (Inodes.TryPin(ino) is not { } inode)
        {
            return;
        }

        lock (inode.Sync)
        {
            inode.Told = false;
        }

        orphans.Consider(inode);
        Inodes.Unpin(inode);
    }

    public async ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        Inode? inode = await Inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        InodeAttributes known = inode.GetAttributes();
        Inodes.Unpin(inode);
        return known;
    }

    public ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes) =>
        attributes.SetAttributesAsync(caller, ino, changes);

    public async ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask)
    {
        Inode? inode = await Inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            return parts.IsReadOnly && (mask & Permissions.Write) != 0 ? FsError.ReadOnly
                : await parts.Access.CheckAsync(caller with { KernelChecked = false }, inode, mask);
        }
        finally
        {
            Inodes.Unpin(inode);
        }
    }

    public async ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        Inode? inode = await Inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        StoreScratch scratch = parts.Services.Scratch.Rent();
        try
        {
            if (!ModeBits.IsSymlink(inode.GetRecord().Mode))
            {
                return FsError.InvalidArgument;
            }

            int length = VolumeKeys.Symlink(scratch.Key, ino);
            StoreEntry entry = await parts.Services.Store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            if (!entry.Found || entry.Length > destination.Length)
            {
                throw new StoreDamageException($"The target of symbolic link {ino} is gone.");
            }

            scratch.Value.AsSpan(0, entry.Length).CopyTo(destination.Span);
            accessTimes.Touch(inode);
            return entry.Length;
        }
        finally
        {
            parts.Services.Scratch.Return(scratch);
            Inodes.Unpin(inode);
        }
    }

    private async ValueTask<FsResult<InodeAttributes>> TryMakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        if (!NodeMaker.IsMakeable(node))
        {
            return FsError.InvalidArgument;
        }

        (FsError error, Inode? parentInode) = await gate.BeginChangeAsync(caller, parent, name, Permissions.Execute);
        if (parentInode is null)
        {
            return error;
        }

        EntryName entry = EntryName.Of(parent, name);
        await gate.Locks.EnterAsync(entry);
        try
        {
            (error, Inode? made) = await maker.MakeAsync(caller, parentInode, entry, node);
            if (made is null)
            {
                return error;
            }

            InodeAttributes known = made.Tell(parent);
            Inodes.Unpin(made);
            return known;
        }
        finally
        {
            gate.Locks.Exit(entry);
            Inodes.Unpin(parentInode);
        }
    }

    private async ValueTask<FsResult<OpenedFile>> TryCreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        (FsError error, Inode? parentInode) = await gate.BeginChangeAsync(caller, parent, name, Permissions.Execute);
        if (parentInode is null)
        {
            return error;
        }

        EntryName entry = EntryName.Of(parent, name);
        FoundEntry existing;
        await gate.Locks.EnterAsync(entry);
        try
        {
            NewNode node = new(ModeBits.Regular | (mode & ModeBits.PermissionMask), 0, default);
            (error, Inode? made) = await maker.MakeAsync(caller, parentInode, entry, node);
            if (made is not null)
            {
                return opener.Opened(caller, made, parent, flags);
            }

            if (error != FsError.Exists || flags.HasFlag(OpenFlags.Exclusive))
            {
                return error;
            }

            existing = await parts.Directory.FindAsync(entry);
        }
        finally
        {
            gate.Locks.Exit(entry);
            Inodes.Unpin(parentInode);
        }

        return await opener.OpenExistingAsync(caller, existing.Ino, parent, flags);
    }

    public async ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        if (parts.IsReadOnly)
        {
            return FsError.ReadOnly;
        }

        if (await Inodes.LoadAsync(parent) is not { } parentInode)
        {
            return FsError.Stale;
        }

        try
        {
            (FsError error, Inode? made) = await maker.MakeUnnamedAsync(caller, parentInode, ModeBits.Regular | (mode & ModeBits.PermissionMask));
            return made is null ? error : opener.OpenedUnnamed(caller, made, parent, flags);
        }
        finally
        {
            Inodes.Unpin(parentInode);
        }
    }

    private async ValueTask<FsResult<InodeAttributes>> TryLinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        (FsError error, Inode? parentInode) = await gate.BeginChangeAsync(caller, newParent, newName, Permissions.Write | Permissions.Execute);
        if (parentInode is null)
        {
            return error;
        }

        Inode? inode = await Inodes.LoadAsync(ino);
        EntryName entry = EntryName.Of(newParent, newName);
        await gate.Locks.EnterAsync(entry);
        try
        {
            error = inode is null ? FsError.Stale : await linker.LinkAsync(caller, inode, parentInode, entry);
            return error == FsError.None ? inode!.Tell(newParent) : error;
        }
        finally
        {
            gate.Locks.Exit(entry);
            Inodes.Unpin(parentInode);
            if (inode is not null)
            {
                Inodes.Unpin(inode);
            }
        }
    }

    public ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        remover.RemoveAsync(caller, parent, name, isDirectory: false);

    public ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        remover.RemoveAsync(caller, parent, name, isDirectory: true);

    public ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags) => opener.OpenAsync(caller, ino, flags);

    public ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination) =>
        reader.ReadAsync(caller, span, destination);

    public ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags) =>
        writer.WriteAsync(caller, span, content, flags);

    public ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes) =>
        ranges.AllocateAsync(caller, span, length, modes);

    public ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length) =>
        copier.CopyAsync(caller, source, destination, length);

    public ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target) => reader.SeekAsync(caller, span, target);

    public ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle) => syncer.FlushAsync(caller, ino, handle);

    public ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly) => syncer.SyncAsync(caller, ino, dataOnly);

    public ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle) => opener.ReleaseAsync(ino, handle);

    public ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) => opener.OpenDirectoryAsync(caller, ino);

    public async ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        Inode? inode = await Inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = await parts.Access.CheckDirectoryAsync(caller, inode, Permissions.Read);
            if (error != FsError.None || !DirectoryCookie.IsValid(cookie))
            {
                return error != FsError.None ? error : FsError.InvalidArgument;
            }

            await lister.ListAsync(inode, cookie, sink);
            accessTimes.Touch(inode);
            return FsError.None;
        }
        finally
        {
            Inodes.Unpin(inode);
        }
    }

    public ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle) => opener.ReleaseAsync(ino, handle);

    public ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        xattrs.GetAsync(caller, ino, name, destination);

    public ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        xattrs.ListAsync(caller, ino, destination);

    public ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        AclStore.KindOf(name.Span) is { } kind ? acls.RemoveAsync(caller, ino, kind) : xattrs.RemoveAsync(caller, ino, name);

    public async ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        VolumeRecord record = await VolumeFormatter.ReadRecordAsync(parts.Services.Store);
        StoreStatistics store = parts.Services.Store.GetStatistics();
        if (store.WithheldBytes > store.CapacityBytes / ShareWorthSettling)
        {
            // After thousands of names were removed their room is there, but would not show until the next checkpoint.
            await parts.Services.Store.SettleAsync();
            store = parts.Services.Store.GetStatistics();
        }

        ulong available = store.AvailableBytes - Math.Min(store.AvailableBytes, (ulong)parts.Services.Dirty.Used);
        ulong freeFiles = available / BytesPerInode;
        return new FileSystemStatistics(
            StatisticsBlock,
            store.CapacityBytes / StatisticsBlock,
            available / StatisticsBlock,
            available / StatisticsBlock,
            (ulong)record.Inodes + freeFiles,
            freeFiles);
    }
}
