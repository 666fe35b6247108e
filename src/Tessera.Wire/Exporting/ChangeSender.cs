using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>Changes by others on their way to the importer: kept in order until a connection takes them, a bounded number of them.</summary>
/// <param name="send">Has them taken by <see cref="TryTake"/>, and sends them; not called again until it took the last.</param>
internal sealed class ChangeSender(Func<Task> send)
{
    private readonly Lock gate = new();
    private readonly Queue<FileChange> pending = new();
    private FileChange? last;
    private bool isTaken;
    private bool isSending;

    /// <summary>A connection begins, or ends, that takes changes. What was sent over the one before may not have come.</summary>
    /// <param name="takesChanges">The importer named the feature.</param>
    /// <param name="isResumed">The session had a connection before.</param>
    public void Attach(bool takesChanges, bool isResumed)
    {
        lock (gate)
        {
            isTaken = takesChanges;
            isSending = false; // Who was sending over the connection before may have failed at it.
            if (isResumed)
            {
                Lose();
            }
        }

        Start();
    }

    public void Detach()
    {
        lock (gate)
        {
            isTaken = false;
        }
    }

    /// <summary>What more than <see cref="WireLimits.MaxPendingChanges"/> would be, is that anything may have changed.</summary>
    public void Add(FileChange change)
    {
        lock (gate)
        {
            if (pending.Count >= WireLimits.MaxPendingChanges || change.Kinds == ChangeKinds.Everything)
            {
                Lose();
            }
            else if (pending.Count == 0 || !ReferenceEquals(change, last))
            {
                pending.Enqueue(change);
                last = change;
            }
        }

        Start();
    }

    private void Lose()
    {
        pending.Clear();
        pending.Enqueue(FileChange.Everything);
    }

    private void Start()
    {
        lock (gate)
        {
            if (isSending || !isTaken || pending.Count == 0)
            {
                return;
            }

            isSending = true;
        }

        _ = send();
    }

    /// <summary>The next frame of changes, to be sent before anything that is made after them; false: there are none, or nobody takes them.</summary>
    public bool TryTake(out byte[] frame)
    {
        lock (gate)
        {
            isSending = isTaken && pending.Count > 0;
            frame = isSending ? Encode() : [];
            return isSending;
        }
    }

    private byte[] Encode()
    {
        var taken = new List<FileChange>();
        int length = FrameHeader.Size;
        while (pending.TryPeek(out FileChange? next) && length + ChangesCodec.SizeOf(next) <= WireLimits.MaxChanges)
        {
            length += ChangesCodec.SizeOf(next);
            taken.Add(pending.Dequeue());
        }

        byte[] frame = new byte[length];
        new FrameHeader(length, FrameType.Changes, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        foreach (FileChange change in taken)
        {
            ChangesCodec.Write(ref writer, change);
        }

        return frame;
    }
}
