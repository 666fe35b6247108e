using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>setxattr(2), getxattr(2), listxattr(2), removexattr(2).</summary>
internal sealed class XattrEditor(VolumeParts parts)
{
    private static readonly byte[] Capability = "security.capability"u8.ToArray();
    private readonly ContentServices services = parts.Services;
    private readonly CommitLog commits = parts.Commits;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly XattrStore xattrs = new(parts.Services);

    public async ValueTask<FsError> SetAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        if (value.Length > FsLimits.MaxXattrValue)
        {
            return FsError.OutOfRange;
        }

        if ((flags & ~(XattrFlags.Create | XattrFlags.Replace)) != XattrFlags.None)
        {
            return FsError.InvalidArgument;
        }

        return await ChangeAsync(caller, ino, new XattrChange(name, value, flags, Removes: false));
    }

    public ValueTask<FsError> RemoveAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        ChangeAsync(caller, ino, new XattrChange(name, default, XattrFlags.Replace, Removes: true));

    public async ValueTask<FsResult<int>> GetAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        await inode.Lock.EnterSharedAsync();
        try
        {
            FsError error = XattrRules.CheckRead(caller, inode.Record, await parts.Access.ListForAsync(caller, inode), name.Span);
            if (error != FsError.None)
            {
                return error;
            }

            int length = inode.Record.Marks.HasFlag(InodeMarks.HasXattrs) ? await xattrs.GetAsync(ino, name, destination) : -1;
            return length < 0 ? FsError.NoData
                : length > destination.Length && !destination.IsEmpty ? FsError.OutOfRange
                : length;
        }
        finally
        {
            inode.Lock.ExitShared();
            inodes.Unpin(inode);
        }
    }

    public async ValueTask<FsResult<int>> ListAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        await inode.Lock.EnterSharedAsync();
        try
        {
            int length = 0;
            if (inode.Record.Marks.HasFlag(InodeMarks.HasXattrs))
            {
                await xattrs.ListAsync(ino, name =>
                {
                    if (XattrRules.IsListed(caller, name))
                    {
                        length = Append(destination.Span, length, name);
                    }
                });
            }

            return length > destination.Length && !destination.IsEmpty ? FsError.OutOfRange : length;
        }
        finally
        {
            inode.Lock.ExitShared();
            inodes.Unpin(inode);
        }
    }

    /// <summary>Appends a name and its NUL if they fit; the length grows either way.</summary>
    private static int Append(Span<byte> destination, int length, ReadOnlySpan<byte> name)
    {
        int end = length + name.Length + 1;
        if (end <= destination.Length)
        {
            name.CopyTo(destination[length..]);
            destination[end - 1] = 0;
        }

        return end;
    }

    private async ValueTask<FsError> ChangeAsync(Caller caller, ulong ino, XattrChange change)
    {
        if (parts.IsReadOnly)
        {
            return FsError.ReadOnly;
        }

        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        await inode.Lock.EnterExclusiveAsync();
        try
        {
            byte[]? list = await parts.Access.ListForAsync(caller, inode);
            FsError error = Permissions.IsProtected(inode.Record) ? FsError.NotPermitted : XattrRules.CheckChange(caller, inode.Record, list, change.Name.Span);
            return error == FsError.None ? await ChangeHeldAsync(inode, change) : error;
        }
        finally
        {
            inode.Lock.ExitExclusive();
            inodes.Unpin(inode);
        }
    }

    private async ValueTask<FsError> ChangeHeldAsync(Inode inode, XattrChange change)
    {
        int oldLength = inode.Record.Marks.HasFlag(InodeMarks.HasXattrs) ? await xattrs.GetAsync(inode.Ino, change.Name, default) : -1;
        if (change.Flags.HasFlag(XattrFlags.Create) && oldLength >= 0)
        {
            return FsError.Exists;
        }

        if (change.Flags.HasFlag(XattrFlags.Replace) && oldLength < 0)
        {
            return FsError.NoData;
        }

        if (!change.Removes && oldLength == change.Value.Length && await xattrs.HoldsAsync(inode.Ino, change.Name, change.Value))
        {
            return FsError.None; // Nothing changes, nor does the time of the last change, as on ext4.
        }

        if (oldLength < 0 && !await HasRoomInListAsync(inode, change.Name.Length))
        {
            return FsError.NoSpace;
        }

        return await CommitAsync(inode, change, oldLength);
    }

    private async ValueTask<FsError> CommitAsync(Inode inode, XattrChange change, int oldLength)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            InodeRecord record = inode.GetRecord();

            bool capability = change.Name.Span.SequenceEqual(Capability);
            if (change.Removes)
            {
                scratch.Batch.MayUseReserve = true;
                XattrStore.Delete(scratch.Batch, inode.Ino, change.Name.Span, oldLength);
                record.Marks &= capability ? ~InodeMarks.HasCapability : record.Marks;
            }
            else
            {
                XattrStore.Put(scratch.Batch, inode.Ino, change.Name.Span, change.Value.Span, oldLength);
                record.Marks |= InodeMarks.HasXattrs | (capability ? InodeMarks.HasCapability : InodeMarks.None);
            }

            record.ChangeNs = parts.Now();
            record.Change++;
            return await commits.CommitRecordAsync(scratch.Batch, inode, record);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Whether listxattr(2) can still tell of one more name. The inode's lock is held.</summary>
    public async ValueTask<bool> HasRoomInListAsync(Inode inode, int nameLength)
    {
        int length = nameLength + 1;
        if (inode.Record.Marks.HasFlag(InodeMarks.HasXattrs))
        {
            await xattrs.ListAsync(inode.Ino, name => length += name.Length + 1);
        }

        return length <= FsLimits.MaxXattrList;
    }

    /// <summary>A write by somebody without privilege takes the file's capabilities (capabilities(7)).</summary>
    public async ValueTask<FsError> RemoveCapabilityAsync(Inode inode)
    {
        await inode.Lock.EnterExclusiveAsync();
        try
        {
            return await RemoveCapabilityHeldAsync(inode);
        }
        finally
        {
            inode.Lock.ExitExclusive();
        }
    }

    /// <summary>The same under the inode's lock, exclusive.</summary>
    public async ValueTask<FsError> RemoveCapabilityHeldAsync(Inode inode)
    {
        FsError error = await ChangeHeldAsync(inode, new XattrChange(Capability, default, XattrFlags.Replace, Removes: true));
        return error == FsError.NoData ? FsError.None : error;
    }

    /// <summary>The same within a batch that puts the record anyway. The value is known to fit one chunk: the kernel's is 24 bytes at
    /// most.</summary>
    public static void RemoveCapability(StoreBatch batch, ulong ino, ref InodeRecord record)
    {
        XattrStore.Delete(batch, ino, Capability, 1);
        record.Marks &= ~InodeMarks.HasCapability;
    }

    private readonly record struct XattrChange(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value, XattrFlags Flags, bool Removes);
}
