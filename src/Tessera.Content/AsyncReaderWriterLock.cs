using Tessera.Core;

namespace Tessera.Content;

/// <summary>A lock that many may share or one may own, in the order they came. Free, it is entered without waiting or allocating;
/// contended, the
/// waiter gives its thread back. Not reentrant, not bound to a thread.</summary>
public sealed class AsyncReaderWriterLock
{
    private const int Owned = -1;
    private readonly Queue<Waiter> waiters = new(0);
    private int state;

    /// <summary>Whether somebody is inside or waits.</summary>
    public bool IsFree
    {
        get
        {
            lock (waiters)
            {
                return state == 0 && waiters.Count == 0;
            }
        }
    }

    public ValueTask EnterSharedAsync()
    {
        lock (waiters)
        {
            // Whoever waits goes first, or a stream of readers would starve a writer.
            if (state != Owned && waiters.Count == 0)
            {
                state++;
                return default;
            }

            return Wait(exclusive: false);
        }
    }

    public ValueTask EnterExclusiveAsync()
    {
        lock (waiters)
        {
            if (state == 0 && waiters.Count == 0)
            {
                state = Owned;
                return default;
            }

            return Wait(exclusive: true);
        }
    }

    /// <summary>Enters only if nobody is inside or waits.</summary>
    public bool TryEnterExclusive()
    {
        lock (waiters)
        {
            if (state != 0 || waiters.Count != 0)
            {
                return false;
            }

            state = Owned;
            return true;
        }
    }

    public void ExitShared()
    {
        lock (waiters)
        {
            state--;
            Admit();
        }
    }

    public void ExitExclusive()
    {
        lock (waiters)
        {
            state = 0;
            Admit();
        }
    }

    private ValueTask Wait(bool exclusive)
    {
        Blocking.Announce();
        Waiter waiter = new(exclusive);
        waiters.Enqueue(waiter);
        return new ValueTask(waiter.Task);
    }

    private void Admit()
    {
        while (waiters.TryPeek(out Waiter? next) && (next.Exclusive ? state == 0 : state != Owned))
        {
            waiters.Dequeue();
            state = next.Exclusive ? Owned : state + 1;
            next.SetResult();
        }
    }

    /// <summary>Continuations run elsewhere: whoever leaves the lock does not pay for whoever enters it.</summary>
    private sealed class Waiter(bool exclusive) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public bool Exclusive { get; } = exclusive;
    }
}
