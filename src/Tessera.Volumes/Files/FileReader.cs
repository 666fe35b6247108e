using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Files;

/// <summary>pread(2), and lseek(2) as far as it looks at content.</summary>
internal sealed class FileReader(VolumeParts parts, HandleTable handles, AccessTimes accessTimes)
{
    private readonly ContentServices services = parts.Services;
    private readonly InodeTable inodes = parts.Inodes;
    private readonly PathFinder paths = new(parts.Services, parts.Inodes);

    public async ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        OpenFile? file = handles.Find(span.Handle, span.Ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(span.Ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = await CheckReadAsync(caller, inode, file);
            return error != FsError.None ? error
                : span.Offset > FsLimits.MaxFileSize ? 0
                : await ReadAsync(inode, (long)span.Offset, destination, file);
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    public async ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        OpenFile? file = handles.Find(span.Handle, span.Ino);
        Inode? inode = file?.Inode ?? await inodes.LoadAsync(span.Ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = file is null ? await CheckReadAsync(caller, inode, file) : FsError.None; // Any descriptor may seek.
            return error != FsError.None ? error
                : target is not (SeekTarget.Data or SeekTarget.Hole) ? FsError.InvalidArgument
                : await SeekAsync(inode, span.Offset, target);
        }
        finally
        {
            if (file is null)
            {
                inodes.Unpin(inode);
            }
        }
    }

    private async ValueTask<FsResult<ulong>> SeekAsync(Inode inode, ulong offset, SeekTarget target)
    {
        await inode.Lock.EnterSharedAsync();
        try
        {
            FileContent content = inode.GetContent(services);
            long length;
            lock (inode.Sync)
            {
                length = inode.Record.Length;
            }

            if (offset >= (ulong)length)
            {
                return FsError.NoSuchAddress;
            }

            long found = await content.SeekAsync((long)offset, length, target == SeekTarget.Data);
            return found < length || target == SeekTarget.Hole ? (ulong)found : FsError.NoSuchAddress;
        }
        finally
        {
            inode.Lock.ExitShared();
        }
    }

    private ValueTask<FsError> CheckReadAsync(in Caller caller, Inode inode, OpenFile? file)
    {
        if (!inode.Record.IsRegular)
        {
            return new(inode.Record.IsDirectory ? FsError.IsDirectory : FsError.InvalidArgument);
        }

        if (caller.KernelChecked)
        {
            return new(FsError.None);
        }

        return file is null ? parts.Access.CheckAsync(caller, inode, Permissions.Read) : new(file.CanRead ? FsError.None : FsError.BadHandle);
    }

    private static ReadOrder NoteRead(OpenFile? file, long offset, int count) =>
        file is null || !file.Reads.Note(offset, count) ? ReadOrder.Random
        : file.Flags.HasFlag(OpenFlags.Direct) ? ReadOrder.OneByOne
        : ReadOrder.Sequential;

    private async ValueTask<FsResult<int>> ReadAsync(Inode inode, long offset, Memory<byte> destination, OpenFile? file)
    {
        int count;
        await inode.Lock.EnterSharedAsync();
        try
        {
            FileContent content = inode.GetContent(services);
            lock (inode.Sync)
            {
                count = (int)Math.Clamp(inode.Record.Length - offset, 0, destination.Length);
            }

            if (count > 0)
            {
                await content.ReadAsync(offset, destination[..count], NoteRead(file, offset, count));
            }
        }
        catch (StoreDamageException damage)
        {
            parts.Events.FileDamaged(inode.Ino, await paths.FindAsync(inode), (ulong)offset, damage.Message);
            return FsError.IO;
        }
        finally
        {
            inode.Lock.ExitShared();
        }

        if (file is null || !file.Flags.HasFlag(OpenFlags.NoAccessTime))
        {
            accessTimes.Touch(inode);
        }

        return count;
    }
}
