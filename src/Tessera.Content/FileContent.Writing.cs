namespace Tessera.Content;

public sealed partial class FileContent
{
    private int closedWaiting;
    private long unclaimedBytes;

    /// <summary>Takes bytes into dirty memory. Under <see cref="Sync"/> and the inode's lock, shared.</summary>
    /// <returns>How many were taken: fewer than given when dirty memory is at its bound; the caller makes room and comes again with the
    /// rest.</returns>
    public int Write(long offset, ReadOnlySpan<byte> content)
    {
        int taken = 0;
        while (taken < content.Length)
        {
            long at = offset + taken;
            ReadOnlySpan<byte> rest = content[taken..];
            int count = Overwrite(at, rest);
            if (count == 0)
            {
                count = Append(at, rest);
            }

            if (count == 0)
            {
                break;
            }

            taken += count;
        }

        return taken;
    }

    /// <summary>Bytes that are still in an open segment are replaced where they lie: a page written again and again stays one
    /// page.</summary>
    private int Overwrite(long offset, ReadOnlySpan<byte> content)
    {
        int at = active.Find(offset);
        if (at == active.Count || active[at].Start > offset)
        {
            return 0;
        }

        ref readonly DirtyRange range = ref active[at];
        if (range.Segment is not { Closed: false, Buffer: { } buffer })
        {
            return 0;
        }

        int count = (int)Math.Min(range.End - offset, content.Length);
        content[..count].CopyTo(buffer.AsSpan(range.Position + (int)(offset - range.Start)));
        return count;
    }

    private int Append(long offset, ReadOnlySpan<byte> content)
    {
        if (current is null || !Grow(current, content.Length))
        {
            CloseCurrent();
            if (!OpenSegment(content.Length))
            {
                return 0;
            }
        }

        Segment segment = current!;
        int count = Math.Min(Math.Min(segment.Buffer!.Length, services.MaxSegment) - segment.Used, content.Length);

        content[..count].CopyTo(segment.Buffer.AsSpan(segment.Used));
        active.Insert(new DirtyRange(offset, offset + count, segment, segment.Used));
        segment.Used += count;
        if (segment.Used == services.MaxSegment)
        {
            CloseCurrent();
        }

        return count;
    }

    /// <summary>Whether the open segment takes another byte, moving it into a larger buffer first where that helps.</summary>
    private bool Grow(Segment segment, int more)
    {
        byte[] buffer = segment.Buffer!;
        int wanted = BufferPool.SizeFor(Math.Min(segment.Used + more, services.MaxSegment));
        if (wanted > buffer.Length && services.Dirty.TryRent(wanted) is { } larger)
        {
            buffer.AsSpan(0, segment.Used).CopyTo(larger);
            segment.Buffer = larger;
            services.Dirty.Return(buffer);
        }

        return segment.Used < Math.Min(segment.Buffer!.Length, services.MaxSegment);
    }

    private bool OpenSegment(int expected)
    {
        int size = BufferPool.SizeFor(Math.Min(expected, services.MaxSegment));
        byte[]? buffer = services.Dirty.TryRent(size);
        if (buffer is null && size > ContentLimits.SmallSegment)
        {
            buffer = services.Dirty.TryRent(ContentLimits.SmallSegment);
        }

        if (buffer is null)
        {
            return false;
        }

        current = new Segment(buffer);
        segments.Add(current);
        return true;
    }

    private void CloseCurrent()
    {
        if (current is not null)
        {
            current.Closed = true;
            current = null;
            closedWaiting++;
        }
    }
}
