using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <content>Locks that others have to know of.</content>
public sealed partial class FuseDoor
{
    public override ValueTask<FuseResult<FuseFileLock>> GetLock(FuseRequest request, LockArguments arguments) => Locks is null
        ? new(Errno.ENOSYS)
        : Map(Locks.FindLockAsync(CallerOf(request), request.NodeId, arguments.Handle, OwnerOf(arguments), LockOf(arguments.Lock)), Shown);

    public override ValueTask<Errno> SetLock(FuseRequest request, LockArguments arguments, bool wait)
    {
        if (Locks is null)
        {
            return new(Errno.ENOSYS);
        }

        Caller caller = wait ? CallerOf(request) with { Cancellation = request.CancellationToken } : CallerOf(request);
        return Map(Locks.SetLockAsync(caller, request.NodeId, arguments.Handle, OwnerOf(arguments), LockOf(arguments.Lock), wait));
    }

    /// <summary>The kernel leaves it to this request to let go the locks that a process had of the file (fs/fuse/file.c, fuse_setlk()).</summary>
    private async ValueTask<Errno> FlushLockedAsync(Caller caller, ulong ino, FlushArguments arguments)
    {
        FsError error = await files.FlushAsync(caller, ino, arguments.Handle).ConfigureAwait(false);
        await Locks!.DropLocksAsync(ino, arguments.Handle, new LockOwner(arguments.LockOwner, IsFlock: false)).ConfigureAwait(false);
        return (Errno)error;
    }

    private async ValueTask<Errno> ReleaseLockedAsync(ulong ino, ReleaseArguments arguments)
    {
        await Locks!.DropLocksAsync(ino, arguments.Handle, new LockOwner(arguments.LockOwner, IsFlock: true)).ConfigureAwait(false);
        return (Errno)await files.ReleaseAsync(ino, arguments.Handle).ConfigureAwait(false);
    }

    private static LockOwner OwnerOf(in LockArguments arguments) => new(arguments.Owner, arguments.IsFlock);

    private static FileLock LockOf(in FuseFileLock asked) => new(asked.Start, Math.Min(asked.End, long.MaxValue), (FileLockKind)asked.Type);

    /// <summary>Whose it is, is a process of another machine: no number here is its.</summary>
    private static FuseFileLock Shown(FileLock found) => new(found.Start, found.End, (LockType)found.Kind, Pid: 0);
}
