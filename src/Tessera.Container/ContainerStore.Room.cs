using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Core;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Room: back-pressure when tables or log fill, refusal when the medium does, and the thread that makes room.</summary>
public sealed partial class ContainerStore
{
    /// <summary>Checkpoints a commit waits for before it says there is no space: what was given up comes back after the second that begins from
    /// now on, and one may be under way.</summary>
    private const int CheckpointsForSpace = 3;

    /// <summary>As many for what may use the reserve: the checkpoints before may have written into it, and it fills again only after two more.</summary>
    private const int CheckpointsForReserve = 4 * CheckpointsForSpace;

    /// <summary>However many others are let in meanwhile: nobody waits for ever.</summary>
    private const int MostCheckpointsForReserve = 1000;

    /// <summary>One may be under way that began before the last commits; one puts them in their place; and what that gave up is free with the next.</summary>
    private const int CheckpointsToSettle = 3;
    private readonly TimeSpan flushTimeout;
    private readonly object ends = new();
    private readonly SemaphoreSlim wake = new(0);
    private Thread? background;
    private long admitted;

    /// <summary>Checkpoints that ended, in whatever way, and whatever else lets those go that wait for one. Under <see cref="ends"/>.</summary>
    private long ended;
    private int checkpointWanted;
    private volatile bool stopping;

    /// <summary>Slots were given up that checkpoints will make free.</summary>
    private bool IsSpaceComing => GivenUpSlots > CheckpointNeed.Overhead * space.NeedFactor;

    /// <summary>Slots of the last root, of the checkpoint under way and of commits since that nobody needs once two more roots are written.</summary>
    private long GivenUpSlots => rootChanges.GivenUpSlots + (mergingChanges?.GivenUpSlots ?? 0) + epochChanges.GivenUpSlots;

    public ValueTask SettleAsync()
    {
        for (int i = 0; i < CheckpointsToSettle && !IsReadOnly; i++)
        {
            AwaitCheckpoint();
        }

        return default;
    }

    internal void StartBackground()
    {
        if (options.Background && !IsReadOnly)
        {
            pace?.Start();
            background = new Thread(pace is null ? RunBackground : RunPaced) { IsBackground = true, Name = "tessera checkpointer" };
            background.Start();
        }
    }

    private void StopBackground()
    {
        stopping = true;
        NoteEnd();
        wake.Release();
        pace?.Stop();
        background?.Join();
    }

    /// <summary>True when the batch may go ahead; false when there is no space or the store takes no changes.</summary>
    private bool WaitForRoom(StoreBatch batch)
    {
        long first = Checkpoints;
        long before = first;
        long seen = Volatile.Read(ref admitted);
        while (!IsReadOnly)
        {
            if (MustWait())
            {
                AwaitCheckpoint();
                continue;
            }

            if (IsTableOrLogFull())
            {
                WantCheckpoint();
            }

            if (HasSpace(batch) || (pins.TryLose() && HasSpace(batch)))
            {
                Interlocked.Increment(ref admitted);
                WakeForFlush();
                return true;
            }

            if (Checkpoints - before >= (batch.MayUseReserve ? CheckpointsForReserve : CheckpointsForSpace))
            {
                // Others were let in meanwhile, and may have taken what came free: who deletes, and needs no more than the reserve, waits for his turn.
                if (!batch.MayUseReserve || CheckpointNeed.Of(batch) * space.NeedFactor > space.ReserveSlots || Volatile.Read(ref admitted) == seen || Checkpoints - first >= MostCheckpointsForReserve)
                {
                    return false;
                }

                (before, seen) = (Checkpoints, Volatile.Read(ref admitted));
                continue;
            }

            AwaitCheckpoint();
        }

        return false;
    }

    private bool HasSpace(StoreBatch batch)
    {
        long debt = CheckpointNeed.Of(view, batch) * space.NeedFactor;
        long needed = batch.MayUseReserve ? debt : debt + space.ReserveSlots;
        if (space.FreeSlots >= needed)
        {
            return true;
        }

        return space.TryGrow() && space.FreeSlots >= needed;
    }

    private bool IsTableOrLogFull() =>
        view.Active.Bytes >= options.TableBytes || logRoom.WantsCheckpoint(log!);

    /// <summary>A commit may go into a table that is a half over its limit while the other is checkpointed; beyond, and before the ring's end, it waits.</summary>
    private bool MustWait()
    {
        bool tableOver = view.Active.Bytes >= options.TableBytes + (options.TableBytes / 2);
        return tableOver || logRoom.IsFull(log!);
    }

    private void WantCheckpoint()
    {
        if (Interlocked.Exchange(ref checkpointWanted, 1) == 0)
        {
            wake.Release();
        }
    }

    /// <summary>Wants a checkpoint, and returns when one has ended since: it may have been under way.</summary>
    private void AwaitCheckpoint()
    {
        long before = Interlocked.Read(ref ended);
        WantCheckpoint();
        if (background is null)
        {
            Interlocked.Exchange(ref checkpointWanted, 0);
            Checkpoint();
            return;
        }

        Blocking.Announce();
        lock (ends)
        {
            while (ended == before && !IsReadOnly && !stopping)
            {
                Monitor.Wait(ends);
            }
        }
    }

    private void NoteEnd()
    {
        lock (ends)
        {
            ended++;
            Monitor.PulseAll(ends);
        }
    }

    /// <summary>The first commit after a flush starts the clock that bounds how late it becomes durable.</summary>
    private void WakeForFlush()
    {
        if (background is not null && Interlocked.Exchange(ref lastWrites, 1) == 0)
        {
            wake.Release();
        }
    }

    private void RunBackground()
    {
        while (!stopping)
        {
            bool dirty = Interlocked.Read(ref lastWrites) != 0;
            bool signalled = wake.Wait(dirty ? flushTimeout : Timeout.InfiniteTimeSpan);
            if (stopping)
            {
                return;
            }

            if (Interlocked.Exchange(ref checkpointWanted, 0) == 1)
            {
                Checkpoint();
            }
            else if (!signalled && dirty)
            {
                FlushLate();
            }
        }
    }

    /// <summary>A root whenever it is time for one, and nothing between: whoever wants a checkpoint waits for that. What is appended needs nobody here to make it durable, the pace flushes.</summary>
    private void RunPaced()
    {
        while (!stopping && fault is null)
        {
            Interlocked.Exchange(ref checkpointWanted, 0);
            Interlocked.Exchange(ref lastWrites, 0);
            if (view.Active.Count > 0 || logRoom.IsBehind(log!))
            {
                Checkpoint();
            }
            else
            {
                RepeatRoot();
            }
        }
    }

    private void FlushLate()
    {
        Interlocked.Exchange(ref lastWrites, 0);
        try
        {
            using (Held.Enter(durableGate))
            {
                MakeDurableLocked(flush: false);
            }

            ThrowIfNotOurs();
        }
        catch (MediumException failure)
        {
            TurnReadOnly(failure);
        }
    }
}
