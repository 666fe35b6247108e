using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Inodes;

/// <summary>Hands out inode numbers, never one twice: a range is reserved by a commit before the first of it is used, and a crash
/// forfeits the rest.</summary>
/// <param name="commits">Where reservations go.</param>
/// <param name="scratchPool">For their batches.</param>
/// <param name="nextInode">The number the volume's record names; nothing from it on is reserved yet.</param>
internal sealed class InodeNumbers(CommitLog commits, ScratchPool scratchPool, ulong nextInode)
{
    private readonly AsyncReaderWriterLock reserving = new();
    private readonly Lock sync = new();
    private ulong next = nextInode;
    private ulong end = nextInode;

    public async ValueTask<FsResult<ulong>> TakeAsync()
    {
        while (true)
        {
            lock (sync)
            {
                if (next < end)
                {
                    return next++;
                }
            }

            FsError error = await ReserveAsync();
            if (error != FsError.None)
            {
                return error;
            }
        }
    }

    private async ValueTask<FsError> ReserveAsync()
    {
        await reserving.EnterExclusiveAsync();
        StoreScratch scratch = scratchPool.Rent();
        try
        {
            if (HasSome())
            {
                return FsError.None;
            }

            int length = VolumeKeys.Volume(scratch.Key);
            ulong newEnd = end + VolumeLimits.InodeReservation;
            scratch.Batch.Max(scratch.Key.AsSpan(0, length), VolumeRecord.NextInodeOffset, (long)newEnd);
            CommitResult result = await commits.CommitSurelyAsync(scratch.Batch);
            if (result.Status != CommitStatus.Committed)
            {
                return CommitLog.ToError(result.Status);
            }

            lock (sync)
            {
                end = newEnd;
            }

            return FsError.None;
        }
        finally
        {
            scratchPool.Return(scratch);
            reserving.ExitExclusive();
        }
    }

    private bool HasSome()
    {
        lock (sync)
        {
            return next < end;
        }
    }
}
