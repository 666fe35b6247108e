using System.Collections.Concurrent;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>Locks of remote files: kept by the exporter, among all who use them. Who has one reads what others wrote before they let theirs go.</summary>
internal sealed class RemoteLocks(RemoteFileSystem files) : ILockedFiles
{
    /// <summary>Who waits for a lock asks again after so long, and then after twice as long…</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(5);

    /// <summary>…and not more seldom than this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Who may hold locks of which files: to be let go when they are closed.</summary>
    private readonly ConcurrentDictionary<(ulong Ino, LockOwner Owner), bool> held = new();

    public async ValueTask<FsResult<FileLock>> FindLockAsync(Caller caller, ulong ino, ulong handle, LockOwner owner, FileLock wanted)
    {
        FsResult<ulong> remote = await files.RemoteHandleAsync(caller, handle).ConfigureAwait(false);
        if (!remote.Ok)
        {
            return remote.Error;
        }

        byte[] body = new byte[LockCodec.Size];
        FsResult<int> found = await files.BytesAsync(caller, LockCodec.StepOf(ino, remote.Value, owner, wanted, isQuestion: true), body).ConfigureAwait(false);
        return !found.Ok ? found.Error
            : found.Value == 0 ? wanted with { Kind = FileLockKind.None }
            : LockCodec.Read(body.AsSpan(0, found.Value)) is { } other ? other
            : FsError.IO;
    }

    public async ValueTask<FsError> SetLockAsync(Caller caller, ulong ino, ulong handle, LockOwner owner, FileLock wanted, bool wait)
    {
        FsResult<ulong> remote = await files.RemoteHandleAsync(caller, handle).ConfigureAwait(false);
        if (!remote.Ok)
        {
            return remote.Error;
        }

        if (wanted.Kind == FileLockKind.None)
        {
            await files.ArriveAsync(ino).ConfigureAwait(false); // Who has it next reads what was written under it.
        }
        else
        {
            held[(ino, owner)] = true;
        }

        TimeSpan pause = FirstWait;
        while (true)
        {
            FsError error = await files.DoneAsync(caller, LockCodec.StepOf(ino, remote.Value, owner, wanted, isQuestion: false)).ConfigureAwait(false);
            if (error == FsError.None && wanted.Kind != FileLockKind.None)
            {
                files.Distrust(ino);
            }

            if (error != FsError.TryAgain || !wait)
            {
                return error;
            }

            if (!await PausedAsync(pause, caller.Cancellation).ConfigureAwait(false))
            {
                return FsError.Interrupted;
            }

            pause = pause * 2 < LongestWait ? pause * 2 : LongestWait;
        }
    }

    public async ValueTask DropLocksAsync(ulong ino, ulong handle, LockOwner owner)
    {
        if (held.TryRemove((ino, owner), out _))
        {
            _ = await SetLockAsync(Caller.Engine, ino, handle, owner, new FileLock(0, long.MaxValue, FileLockKind.None), wait: false).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> PausedAsync(TimeSpan pause, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
