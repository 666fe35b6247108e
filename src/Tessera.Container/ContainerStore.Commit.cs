using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Core;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Commits: check, apply to the memory table, stage; then one thread seals and appends what all have staged.</summary>
public sealed partial class ContainerStore
{
    private const int MaxTriesWithoutIo = 3;
    private readonly Lock logGate = new();
    private readonly Lock commitGate = new();
    private readonly Lock durableGate = new();
    private readonly BatchApplication application;
    private readonly BatchChecks checks;
    private StagedCommits staged = new();
    private StagedCommits appending = new();
    private SpaceChanges epochChanges;
    private LogWriter? log;
    private ulong lastSequence;
    private long appendedSequence;
    private long durableSequence;
    private long flushedBlockWrites;
    private long lastWrites;

    private enum Applied
    {
        Done,
        CheckFailed,
        NeedsIo,
        NeedsRoom,
    }

    public ulong LastSequence => Volatile.Read(ref lastSequence);

    public ulong DurableSequence => (ulong)Interlocked.Read(ref durableSequence);

    public ValueTask<CommitResult> CommitAsync(StoreBatch batch)
    {
        if (batch.Length > StoreLimits.MaxBatch)
        {
            throw new ArgumentException($"A batch of {batch.Length} bytes is over the limit of {StoreLimits.MaxBatch}.", nameof(batch));
        }

        if (!WaitForRoom(batch))
        {
            return new(new CommitResult(IsReadOnly ? CommitStatus.ReadOnly : CommitStatus.NoSpace, 0));
        }

        for (int tries = 0; ; tries++)
        {
            if (IsReadOnly)
            {
                return new(new CommitResult(CommitStatus.ReadOnly, 0));
            }

            Applied applied;
            ulong sequence = 0;
            using (Held.Enter(commitGate))
            {
                applied = TryApply(batch, tries >= MaxTriesWithoutIo, out sequence);
            }

            switch (applied)
            {
                case Applied.Done:
                    AppendUpTo(sequence);
                    return new(new CommitResult(fault is null ? CommitStatus.Committed : CommitStatus.ReadOnly, sequence));
                case Applied.CheckFailed:
                    return new(new CommitResult(CommitStatus.CheckFailed, 0));
                case Applied.NeedsRoom:
                    AppendUpTo(ulong.MaxValue);
                    break;
                default:
                    Prefetch(batch);
                    break;
            }
        }
    }

    public ValueTask MakeDurableAsync(ulong sequence)
    {
        if (DurableSequence < sequence)
        {
            using (Held.Enter(durableGate))
            {
                if (DurableSequence < sequence)
                {
                    MakeDurableLocked(flush: false);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Under the durable lock: everything appended when it starts is durable when it ends; with <paramref name="flush"/> everything written to the medium is.</summary>
    private void MakeDurableLocked(bool flush)
    {
        ThrowIfFaulted();
        AppendUpTo(ulong.MaxValue);
        ThrowIfFaulted();
        PendingDurability pending;
        long target;
        long blockWrites;
        using (Held.Enter(logGate))
        {
            // Blocks named by what is appended were written before: counting now counts them all.
            blockWrites = blocks.CompletedWrites;
            target = Interlocked.Read(ref appendedSequence);
            pending = log!.BeginDurable(flush || blockWrites != flushedBlockWrites);
        }

        try
        {
            log.MakeDurable(pending, placing);
        }
        catch (MediumException failure)
        {
            TurnReadOnly(failure);
            throw;
        }

        if (pending.Flush)
        {
            flushedBlockWrites = blockWrites;
        }

        using (Held.Enter(logGate))
        {
            log.EndDurable(pending);
        }

        Interlocked.Exchange(ref durableSequence, target);
    }

    private void ThrowIfFaulted()
    {
        if (fault is { } failure)
        {
            throw new MediumException($"The volume is read-only after a fault: {failure.Message}", failure);
        }
    }

    /// <summary>Appends everything staged, unless another thread has already appended up to the sequence.</summary>
    private void AppendUpTo(ulong sequence)
    {
        if ((ulong)Interlocked.Read(ref appendedSequence) >= sequence)
        {
            return;
        }

        using (Held.Enter(logGate))
        {
            if ((ulong)Interlocked.Read(ref appendedSequence) < sequence)
            {
                AppendStaged();
            }
        }
    }

    /// <summary>Under the log lock: what is staged becomes one record. Commits go on staging into the other buffer meanwhile.</summary>
    private void AppendStaged()
    {
        using (Held.Enter(commitGate))
        {
            (staged, appending) = (appending, staged);
        }

        if (appending.IsEmpty || fault is not null)
        {
            appending.Reset();
            return;
        }

        try
        {
            if (logRoom.IsOver(log!, appending.Body.Length))
            {
                // Back-pressure leaves room in the ring for commits under way; should they ever need more, stop rather than overwrite the log.
                throw new MediumException("The log's ring is full.");
            }

            log!.Append(appending, Root.Generation);
            Interlocked.Exchange(ref appendedSequence, (long)appending.LastSequence);
        }
        catch (MediumException failure)
        {
            TurnReadOnly(failure);
        }
        finally
        {
            appending.Reset();
        }
    }

    /// <summary>Under the commit lock: all or nothing.</summary>
    private Applied TryApply(StoreBatch batch, bool allowIo, out ulong sequence)
    {
        sequence = 0;
        switch (checks.Run(view, batch, allowIo, out int length))
        {
            case BatchChecks.Outcome.Failed:
                return Applied.CheckFailed;
            case BatchChecks.Outcome.NeedsIo:
                return Applied.NeedsIo;
            default:
                break;
        }

        if (!staged.HasRoomFor(length))
        {
            return length <= StagedCommits.Capacity
                ? Applied.NeedsRoom
                : throw new ArgumentException($"A batch that becomes {length} bytes in the log is over its limit of {StagedCommits.Capacity}.", nameof(batch));
        }

        sequence = ++lastSequence;
        application.Run(batch, view, (staged, epochChanges), sequence);
        return Applied.Done;
    }

    /// <summary>Brings the nodes a batch's checks and adds need into memory, outside the commit lock.</summary>
    private void Prefetch(StoreBatch batch)
    {
        foreach (StoreBatch.Operation operation in batch)
        {
            if (operation.ChangesField || operation.Kind is StoreBatch.Kind.CheckVersion or StoreBatch.Kind.CheckAbsent)
            {
                Get(operation.Key, default);
            }
        }
    }
}
