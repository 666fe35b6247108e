using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Sees to it that inodes without links are deleted, once no handle and no door holds them.</summary>
/// <remarks>An orphan's key is written by the batch that takes the last link, so a crash leaks nothing: the next open collects
/// it.</remarks>
internal sealed class OrphanCollector : IAsyncDisposable
{
    private readonly VolumeParts parts;
    private readonly OrphanQueue queue = new();
    private readonly OrphanDeleter deleter;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock sync = new();
    private Task worker = Task.CompletedTask;
    private bool running;
    private bool stopped;

    public OrphanCollector(VolumeParts parts)
    {
        this.parts = parts;
        deleter = new OrphanDeleter(parts, queue);
    }

    /// <summary>Orphans not collected yet.</summary>
    public int Count => queue.Count;

    /// <summary>Orphans collected since the volume was opened.</summary>
    public long Collected => queue.Collected;

    /// <summary>An operation took a link: if it was the last, the inode is an orphan now. A kernel that unlinks has looked the name up,
    /// so it holds the inode until it says Forget.</summary>
    public void AfterUnlink(in Caller caller, Inode inode)
    {
        lock (inode.Sync)
        {
            if (inode.Record.Links > 0)
            {
                return;
            }

            inode.Told |= caller.Door != Door.Internal;
        }

        Add(inode);
    }

    /// <summary>The inode's last link is gone, by a commit: keeps it until nobody holds it. The caller has it pinned.</summary>
    public void Add(Inode inode)
    {
        if (!queue.TryAdd(inode))
        {
            return;
        }

        parts.Inodes.PinAgain(inode);
        lock (inode.Sync)
        {
            inode.IsOrphan = true;
        }

        Consider(inode);
    }

    /// <summary>The inode was given a name, by a commit: it is no orphan any more. The caller has it pinned.</summary>
    public void Release(Inode inode)
    {
        if (!queue.TryRemove(inode))
        {
            return;
        }

        lock (inode.Sync)
        {
            inode.IsOrphan = false;
        }

        parts.Inodes.Unpin(inode);
    }

    /// <summary>Somebody let go of the inode: collects it if it is an orphan that nobody holds.</summary>
    public void Consider(Inode inode)
    {
        lock (inode.Sync)
        {
            if (!inode.IsOrphan || inode.CollectionQueued || inode.OpenHandles > 0 || inode.Told)
            {
                return;
            }

            inode.CollectionQueued = true;
        }

        queue.Enqueue(inode);
        lock (sync)
        {
            if (!running && !stopped && parts.Options.BackgroundWorkers)
            {
                running = true;
                worker = WorkAsync();
            }
        }
    }

    /// <summary>Whoever makes orphans faster than they are collected helps to collect.</summary>
    public ValueTask HelpAsync() => queue.Waiting < VolumeLimits.MaxOrphanQueue ? default : CollectQueuedAsync();

    /// <summary>Collects all that is queued.</summary>
    public ValueTask CollectQueuedAsync() => deleter.DeleteWaitingAsync();

    /// <summary>At the end nobody holds anything any more: collects every orphan.</summary>
    public async ValueTask CollectAllAsync()
    {
        foreach (Inode inode in queue.All())
        {
            lock (inode.Sync)
            {
                inode.Told = false;
                inode.OpenHandles = 0;
            }

            Consider(inode);
        }

        await CollectQueuedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        lock (sync)
        {
            stopped = true;
        }

        await stopping.CancelAsync();
        await worker;
        stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        TimeSpan pause = VolumeLimits.OrphanGathering;
        while (true)
        {
            await Task.Delay(pause, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await CollectQueuedAsync();
                pause = VolumeLimits.OrphanGathering;
            }
            catch (Exception fault)
            {
                // A full volume may have room in a while; trying at once would meet the same again.
                pause = TimeSpan.FromTicks(Math.Clamp(pause.Ticks * 2, VolumeLimits.OrphanRetry.Ticks, VolumeLimits.MaxOrphanRetry.Ticks));
                parts.Events.BackgroundFault("collecting orphans", fault.Message);
            }

            lock (sync)
            {
                if (queue.Waiting == 0 || stopped || parts.Services.Store.IsReadOnly)
                {
                    running = false;
                    return;
                }
            }
        }
    }
}
