using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Writes dirty data back: what is old, by a timer that runs only while something is dirty; full segments, as they come; and
/// whatever is oldest, when memory is short.</summary>
internal sealed class WriteBack : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Dirty inodes looked at for one that has bytes in memory: those with only attributes are quickly gone.</summary>
    private const int VictimSearch = 4096;
    private readonly ContentServices services;
    private readonly CommitLog commits;
    private readonly InodeTable inodes;
    private readonly DirtyInodes dirty;
    private readonly FileFlusher flusher;
    private readonly Packer packer;
    private readonly Reshuffler reshuffler;
    private readonly IVolumeEvents events;
    private readonly AsyncReaderWriterLock room = new();
    private readonly SemaphoreSlim segmentWorkers = new(Environment.ProcessorCount);
    private readonly Timer timer;
    private readonly AsyncReaderWriterLock pass = new();
    private readonly bool hasWorkers;
    private volatile bool stopped;
    private long passes;
    private int workers;

    public WriteBack(VolumeParts parts, Packer packer, Reshuffler reshuffler)
    {
        services = parts.Services;
        commits = parts.Commits;
        inodes = parts.Inodes;
        dirty = parts.Dirty;
        flusher = parts.Flusher;
        events = parts.Events;
        hasWorkers = parts.Options.BackgroundWorkers;
        this.packer = packer;
        this.reshuffler = reshuffler;
        timer = new Timer(_ => _ = OnTickAsync(), null, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>From now on the timer runs whenever something is dirty.</summary>
    public void Start() => dirty.FirstAdded = Arm;

    /// <summary>Writes everything that became dirty at or before <paramref name="olderThan"/> (milliseconds of the process's
    /// clock).</summary>
    public async ValueTask WriteOldAsync(long olderThan)
    {
        await pass.EnterExclusiveAsync();
        try
        {
            passes++;
            bool more = true;
            while (more)
            {
                more = await WriteSomeAsync(olderThan);
            }
        }
        finally
        {
            pass.ExitExclusive();
        }
    }

    /// <summary>The file has a full segment: a worker will write it. Under the inode's <see cref="Inode.Sync"/>.</summary>
    public void QueueSegments(Inode inode)
    {
        if (inode.SegmentsQueued || stopped || !hasWorkers)
        {
            return;
        }

        inode.SegmentsQueued = true;
        inodes.PinAgain(inode);
        Interlocked.Increment(ref workers);
        _ = Task.Run(() => WriteSegmentsAsync(inode));
    }

    /// <summary>Makes room in dirty memory; the caller holds no lock. An error means that nothing can be written.</summary>
    public async ValueTask<FsError> MakeRoomAsync()
    {
        // One at a time: when the second comes in, the first has usually made room for both.
        await room.EnterExclusiveAsync();
        try
        {
            if (services.Dirty.Used <= services.Dirty.Limit - (2L * ContentLimits.MaxSegment))
            {
                return FsError.None;
            }

            Inode? victim = dirty.PinOldestWithBytes(VictimSearch);
            if (victim is null)
            {
                await WriteOldAsync(long.MaxValue);
                return FsError.None;
            }

            return await RelieveAsync(victim);
        }
        finally
        {
            room.ExitExclusive();
        }
    }

    /// <summary>Stops the background. What is dirty stays so.</summary>
    public async ValueTask DisposeAsync()
    {
        stopped = true;
        dirty.FirstAdded = null;
        await timer.DisposeAsync();
        await pass.EnterExclusiveAsync();
        pass.ExitExclusive();
        while (Volatile.Read(ref workers) > 0)
        {
            await segmentWorkers.WaitAsync();
            segmentWorkers.Release();
            await Task.Yield();
        }
    }

    /// <summary>Takes up to a batch of inodes. Those with only attributes are locked without waiting and committed together, before
    /// anything is waited for:
    /// whoever holds many locks must not wait for one.</summary>
    /// <returns>Whether there may be more in this pass.</returns>
    private async ValueTask<bool> WriteSomeAsync(long olderThan)
    {
        List<Inode> attributesOnly = [];
        List<Inode> others = [];
        Inode? inode = null;
        while (attributesOnly.Count + others.Count < VolumeLimits.AttributeBatch && (inode = dirty.PinOldest(olderThan, passes)) is not null)
        {
            bool together = inode.Content is null && inode.Lock.TryEnterExclusive();
            (together ? attributesOnly : others).Add(inode);
        }

        await FlushTogetherAsync(attributesOnly);
        foreach (Inode other in others)
        {
            await FlushAsync(other);
        }

        return inode is not null;
    }

    private async ValueTask<FsError> RelieveAsync(Inode victim)
    {
        try
        {
            long before = services.Dirty.Used;
            if (victim.Content is not { } content)
            {
                return FsError.None;
            }

            FsError error = await flusher.WriteSegmentsAsync(victim, content);
            if (error == FsError.None && services.Dirty.Used >= before)
            {
                error = await flusher.FlushAsync(victim, ContentLimits.MaxInlineFlush);
            }

            return error;
        }
        finally
        {
            inodes.Unpin(victim);
        }
    }

    private async Task WriteSegmentsAsync(Inode inode)
    {
        await segmentWorkers.WaitAsync();
        try
        {
            bool more = true;
            while (more)
            {
                FsError error = await flusher.WriteSegmentsAsync(inode, inode.Content!);
                lock (inode.Sync)
                {
                    more = error == FsError.None && inode.Content!.HasClosedSegment;
                    inode.SegmentsQueued = more;
                }
            }
        }
        catch (Exception fault)
        {
            lock (inode.Sync)
            {
                inode.SegmentsQueued = false;
            }

            events.BackgroundFault("writing segments", fault.Message);
        }
        finally
        {
            segmentWorkers.Release();
            inodes.Unpin(inode);
            Interlocked.Decrement(ref workers);
        }
    }

    private async ValueTask FlushAsync(Inode inode)
    {
        try
        {
            lock (inode.Sync)
            {
                inode.AttributesDirty |= inode.AccessDirty;
            }

            await flusher.FlushAsync(inode, ContentLimits.MaxInlineFlush);
            packer.Consider(inode);
        }
        catch (IOException fault)
        {
            events.BackgroundFault("write-back", fault.Message);
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    /// <summary>Commits the records of many inodes, in one batch where there is room. Their locks are held.</summary>
    private async ValueTask FlushTogetherAsync(List<Inode> group)
    {
        try
        {
            await CommitTogetherAsync(group);
        }
        catch (IOException fault)
        {
            events.BackgroundFault("write-back", fault.Message);
        }
        finally
        {
            foreach (Inode inode in group)
            {
                inode.Lock.ExitExclusive();
                dirty.RemoveIfClean(inode);
                inodes.Unpin(inode);
            }
        }
    }

    /// <summary>One batch; where that many records find no room in which to be rewritten, half of them and then the others.</summary>
    private async ValueTask CommitTogetherAsync(List<Inode> group)
    {
        StoreScratch scratch = services.Scratch.Rent();
        List<Inode> begun = [];
        CommitResult result = new(CommitStatus.ReadOnly, 0);
        try
        {
            begun.AddRange(group.Where(inode => FileFlusher.BeginAttributes(inode, scratch.Batch)));
            result = begun.Count > 0 ? await commits.CommitSurelyAsync(scratch.Batch) : result;
        }
        finally
        {
            begun.ForEach(inode => flusher.EndAttributes(inode, result));
            services.Scratch.Return(scratch);
        }

        if (result.Status == CommitStatus.NoSpace && begun.Count > 1)
        {
            int half = begun.Count / 2;
            await CommitTogetherAsync(begun[..half]);
            await CommitTogetherAsync(begun[half..]);
        }
    }

    private void Arm()
    {
        if (!stopped)
        {
            timer.Change(Tick, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task OnTickAsync()
    {
        try
        {
            await WriteOldAsync(Environment.TickCount64 - (VolumeLimits.WriteBackSeconds * 1000L));
            reshuffler.Earn();
            if (dirty.Count > 0)
            {
                Arm();
            }
            else
            {
                services.Buffers.Trim();
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            events.BackgroundFault("write-back", fault.Message);
            if (!stopped)
            {
                Arm();
            }
        }
    }
}
