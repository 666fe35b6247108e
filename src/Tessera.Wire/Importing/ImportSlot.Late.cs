using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Importing;

/// <content>A request whose reply does not come in time: its operation goes on without, and the slot stays taken until the reply is there. What that gives then is given back.</content>
internal sealed partial class ImportSlot
{
    private bool isAbandoned;
    private bool isLeft;
    private ulong openedIno;
    private (ulong Ino, ulong Handle) late;
    private Caller waiter;
    private bool changesNothing;
    private long sealedAt;

    /// <summary>The operation was told that the time is over, and the reply has not come.</summary>
    public bool IsOverdue
    {
        get
        {
            lock (gate)
            {
                return isAbandoned && isWaiting;
            }
        }
    }

    /// <summary>Fails the operation with ETIMEDOUT when its request went out over a connection so long ago.</summary>
    /// <param name="connection">The newest. What was not sent over it has its time from then on.</param>
    /// <param name="before">In the milliseconds of <see cref="Environment.TickCount64"/>.</param>
    public void AbandonIfSent(IFrameTransport connection, long before)
    {
        lock (gate)
        {
            if (!isWaiting || isAbandoned || sentOver != connection || sentAt > before)
            {
                return;
            }

            isAbandoned = true;
            Destination = default;
        }

        source.SetResult(FsError.TimedOut);
    }

    /// <summary>Whether somebody waits for an answer who may be let go without one.</summary>
    public bool IsWaitedFor
    {
        get
        {
            lock (gate)
            {
                return isWaiting && !isAbandoned && changesNothing && waiter.Patience is not null;
            }
        }
    }

    /// <summary>Fails the operation with EINTR when it changes nothing and whoever asked is being killed. A change is waited for: what comes of it somebody else may have to know.</summary>
    /// <param name="before">Only what was asked so long ago is looked at; in the milliseconds of <see cref="Environment.TickCount64"/>.</param>
    public void AbandonIfNobodyWaits(long before)
    {
        ulong asked;
        Caller caller;
        lock (gate)
        {
            if (!IsWaitedFor || sealedAt > before)
            {
                return;
            }

            (asked, caller) = (sequence, waiter); // The next request's, once this one is answered.
        }

        if (!caller.Patience!.IsDying(caller))
        {
            return;
        }

        lock (gate)
        {
            if (!isWaiting || isAbandoned || sequence != asked)
            {
                return; // The answer came after all.
            }

            isAbandoned = true;
            Destination = default;
        }

        source.SetResult(FsError.Interrupted);
    }

    /// <summary>The operation is done with it.</summary>
    /// <returns>False: its reply is still to come; the slot is not free before.</returns>
    public bool TryLeave()
    {
        lock (gate)
        {
            isLeft = isAbandoned && isWaiting;
            return !isLeft;
        }
    }

    /// <summary>Whether what it waited for, after its operation had left, has come or will never come. Once.</summary>
    public bool TryTakeBack()
    {
        lock (gate)
        {
            bool isBack = isLeft && !isWaiting;
            isLeft &= !isBack;
            return isBack;
        }
    }

    /// <summary>A file that a late reply opened, and that nobody will close. Once.</summary>
    public bool TryTakeLateHandle(out ulong ino, out ulong handle)
    {
        lock (gate)
        {
            (ino, handle) = late;
            late = default;
            return ino != 0;
        }
    }

    /// <summary>Takes note of what the exporter now counts for this end, and of nothing else.</summary>
    /// <returns>False: it says what it cannot.</returns>
    private bool TryDiscard(int done, ReadOnlySpan<byte> results)
    {
        var reader = new WireReader(results);
        bool isValid = done > 0 && done <= steps;
        for (int i = 0; i < done && isValid; i++)
        {
            var operation = (OpCode)reader.UInt16();
            var error = (FsError)reader.UInt16();
            ReadOnlySpan<byte> body = reader.Take((int)Math.Min(reader.UInt32(), int.MaxValue));
            isValid = !reader.HasFailed && operation == operations[i] && (error == FsError.None ? TryDiscard(StepTable.Of(operation), body) : i == done - 1 && body.IsEmpty);
        }

        return isValid && reader.IsComplete;
    }

    private bool TryDiscard(StepShape shape, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        ulong ino = openedIno;
        if (shape.Results.HasFlag(ResultFields.Attributes))
        {
            ino = AttributesCodec.Read(ref reader).Ino;
            if (reader.HasFailed || ino == 0)
            {
                return false;
            }

            if (shape.Tells)
            {
                inodes.ToldPinned(ino);
                inodes.Unpin(ino);
            }
        }

        if (shape.Results.HasFlag(ResultFields.Handle))
        {
            late = (ino, reader.UInt64());
        }

        if (shape.Results.HasFlag(ResultFields.Listing))
        {
            ListingChunk? listing = ListingChunk.Read(reader.Rest(), inodes);
            listing?.Drop();
            return listing is not null;
        }

        return !reader.HasFailed;
    }
}
