using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

/// <summary>The one way to the store's commits: knows the last sequence, and what a status means to a caller.</summary>
internal sealed class CommitLog(IVolumeStore store)
{
    private ulong lastSequence;

    /// <summary>The highest sequence of this volume's commits.</summary>
    public ulong LastSequence => Volatile.Read(ref lastSequence);

    public async ValueTask<CommitResult> CommitAsync(StoreBatch batch)
    {
        CommitResult result = await store.CommitAsync(batch);
        if (result.Status == CommitStatus.Committed)
        {
            ulong seen = LastSequence;
            while (result.Sequence > seen)
            {
                seen = Interlocked.CompareExchange(ref lastSequence, result.Sequence, seen) is var before && before == seen ? result.Sequence : before;
            }
        }

        return result;
    }

    /// <summary>Commits a batch whose checks, if any, can only fail by a passing conflict: tries again a bounded number of times.</summary>
    public async ValueTask<CommitResult> CommitSurelyAsync(StoreBatch batch)
    {
        CommitResult result = await CommitAsync(batch);
        for (int attempt = 1; result.Status == CommitStatus.CheckFailed && attempt < VolumeLimits.MaxConflicts; attempt++)
        {
            result = await CommitAsync(batch);
        }

        return result;
    }

    /// <summary>Adds an inode's changed record to a batch and commits it; the inode in memory takes the record over. Its lock is held, exclusive.</summary>
    public async ValueTask<FsError> CommitRecordAsync(StoreBatch batch, Inode inode, InodeRecord changed)
    {
        InodeRecord stored = changed;
        stored.Length = inode.StoredLength; // Bytes that are not flushed yet are no length yet.
        FileFlusher.Put(batch, inode.Ino, stored);
        CommitResult result = await CommitSurelyAsync(batch);
        if (result.Status == CommitStatus.Committed)
        {
            inode.NoteChanged(changed, result.Sequence);
        }

        return ToError(result.Status);
    }

    public ValueTask MakeDurableAsync(ulong sequence) => store.MakeDurableAsync(sequence);

    public static FsError ToError(CommitStatus status) => status switch
    {
        CommitStatus.Committed => FsError.None,
        CommitStatus.NoSpace => FsError.NoSpace,
        CommitStatus.ReadOnly => FsError.ReadOnly,
        _ => FsError.TryAgain,
    };
}
