namespace Tessera.Core.FileSystem;

/// <summary>A file system that others have open elsewhere too, and whose locks hold among all of them.</summary>
public interface ILockedFiles
{
    /// <summary>The first lock of another that is in the way of one, or one of kind <see cref="FileLockKind.None"/>.</summary>
    ValueTask<FsResult<FileLock>> FindLockAsync(Caller caller, ulong ino, ulong handle, LockOwner owner, FileLock wanted);

    /// <summary>Takes, changes or lets go a lock. <see cref="FsError.TryAgain"/>: another's is in the way, unless <paramref name="wait"/> says to wait until it is gone, or
    /// the caller no longer waits (<see cref="FsError.Interrupted"/>).</summary>
    ValueTask<FsError> SetLockAsync(Caller caller, ulong ino, ulong handle, LockOwner owner, FileLock wanted, bool wait);

    /// <summary>The owner has closed the file: lets go what it holds of it.</summary>
    ValueTask DropLocksAsync(ulong ino, ulong handle, LockOwner owner);
}
