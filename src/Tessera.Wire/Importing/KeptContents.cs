using System.Buffers;
using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>Contents of small files that came with an open or ahead of one, kept for a short time.</summary>
/// <remarks>A content is believed only while this end has not changed the file since it was asked for, and while the kernel was told of no other version of it: its pages would
/// otherwise be filled with the older bytes under the newer times, and stay.</remarks>
internal sealed class KeptContents(ChangeClock clock)
{
    private const int MaxFiles = 512;
    private const int MaxBytes = 16 << 20;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, KeptContent> table = [];
    private readonly Queue<KeptContent> byAge = new();
    private long bytes;
    private int count;

    /// <summary>A content is about to be asked for.</summary>
    /// <param name="ino">Of the file.</param>
    /// <param name="asked">When.</param>
    /// <param name="weight">Bytes that it may have.</param>
    public KeptContent Begin(ulong ino, Moment asked, int weight)
    {
        var content = new KeptContent(ino, asked, weight);
        lock (gate)
        {
            if (table.TryGetValue(ino, out KeptContent? before))
            {
                Remove(before);
            }

            table.Add(ino, content);
            byAge.Enqueue(content);
            bytes += weight;
            Volatile.Write(ref count, table.Count);
            Evict(long.MinValue);
        }

        return content;
    }

    /// <summary>As <see cref="Begin"/>, unless there is one that is not too old, or that is on its way.</summary>
    public KeptContent? TryBegin(ulong ino, Moment asked, int weight, long oldest)
    {
        lock (gate)
        {
            return Current(ino, oldest) is null ? Begin(ino, asked, weight) : null;
        }
    }

    /// <summary>A content has come; the buffer is from the pool and goes back there.</summary>
    public void Complete(KeptContent content, byte[] buffer, int length, FileVersion version)
    {
        lock (gate)
        {
            bool isBelieved = !content.IsGone && (content.Version is null || content.Version == version) && clock.IsUnchanged(content.Ino, content.Asked);
            if (isBelieved)
            {
                (content.Bytes, content.Length, content.Version) = (buffer, length, version);
            }
            else
            {
                ArrayPool<byte>.Shared.Return(buffer);
                Remove(content);
            }
        }

        content.SetLoaded();
    }

    /// <summary>A content will not come.</summary>
    public void Fail(KeptContent content)
    {
        lock (gate)
        {
            Remove(content);
        }

        content.SetLoaded();
    }

    /// <summary>A content that is on its way; null: none is.</summary>
    public KeptContent? Coming(ulong ino, long oldest)
    {
        if (Volatile.Read(ref count) == 0)
        {
            return null;
        }

        lock (gate)
        {
            return Current(ino, oldest) is { Bytes: null } content ? content : null;
        }
    }

    public bool Has(ulong ino, long oldest)
    {
        if (Volatile.Read(ref count) == 0)
        {
            return false;
        }

        lock (gate)
        {
            return Current(ino, oldest) is { Bytes: not null };
        }
    }

    /// <summary>Reads from what is kept; false: it is not there, or not to be believed.</summary>
    public bool TryRead(in FileSpan span, Span<byte> destination, long oldest, out int read)
    {
        read = 0;
        if (Volatile.Read(ref count) == 0)
        {
            return false;
        }

        lock (gate)
        {
            if (Current(span.Ino, oldest) is not { Bytes: not null } content)
            {
                return false;
            }

            if (span.Offset < (ulong)content.Length)
            {
                ReadOnlySpan<byte> from = content.Bytes.AsSpan((int)span.Offset, content.Length - (int)span.Offset);
                read = Math.Min(from.Length, destination.Length);
                from[..read].CopyTo(destination);
            }

            return true;
        }
    }

    /// <summary>The door is told of a file's attributes: a content of another version goes.</summary>
    public void Told(in InodeAttributes attributes)
    {
        if (Volatile.Read(ref count) == 0)
        {
            return;
        }

        lock (gate)
        {
            if (!table.TryGetValue(attributes.Ino, out KeptContent? content))
            {
                return;
            }

            FileVersion version = FileVersion.Of(attributes);
            if (content.Version is null)
            {
                content.Version = version;
            }
            else if (content.Version != version)
            {
                Remove(content);
            }
        }
    }

    /// <summary>A file changes.</summary>
    public void Drop(ulong ino)
    {
        if (Volatile.Read(ref count) == 0)
        {
            return;
        }

        lock (gate)
        {
            if (table.TryGetValue(ino, out KeptContent? content))
            {
                Remove(content);
            }
        }
    }

    /// <summary>Forgets what is too old.</summary>
    public void Sweep(long oldest)
    {
        lock (gate)
        {
            Evict(oldest);
        }
    }

    private KeptContent? Current(ulong ino, long oldest) =>
        table.TryGetValue(ino, out KeptContent? content) && content.Asked.Tick >= oldest && clock.IsUnchanged(ino, content.Asked) ? content : null;

    private void Evict(long oldest)
    {
        while (byAge.TryPeek(out KeptContent? first) && (first.IsGone || first.Asked.Tick < oldest || byAge.Count > MaxFiles || bytes > MaxBytes))
        {
            byAge.Dequeue();
            Remove(first);
        }
    }

    private void Remove(KeptContent content)
    {
        if (content.IsGone)
        {
            return;
        }

        content.IsGone = true;
        table.Remove(content.Ino);
        Volatile.Write(ref count, table.Count);
        bytes -= content.Weight;
        if (content.Bytes is { } kept)
        {
            ArrayPool<byte>.Shared.Return(kept);
            content.Bytes = null;
        }
    }
}
