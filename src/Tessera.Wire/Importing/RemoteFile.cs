using System.Buffers;

namespace Tessera.Wire.Importing;

/// <summary>A file that is open at the exporter, and the whole of it where it is small and came with the open.</summary>
internal sealed class RemoteFile(ulong ino, ulong handle)
{
    private readonly Lock gate = new();
    private byte[]? content;
    private int length;
    private long validUntil;

    public ulong Ino => ino;

    public ulong Handle => handle;

    /// <summary>Keeps the file's content, from a pool, for the reads that follow at once.</summary>
    public void Keep(byte[] whole, int bytes, long until)
    {
        lock (gate)
        {
            (content, length, validUntil) = (whole, bytes, until);
        }
    }

    /// <summary>Reads from what came with the open; false: it is not there, or too old.</summary>
    public bool TryRead(ulong offset, Span<byte> destination, out int count)
    {
        count = 0;
        lock (gate)
        {
            if (content is null || Environment.TickCount64 > validUntil)
            {
                return false;
            }

            if (offset < (ulong)length)
            {
                ReadOnlySpan<byte> from = content.AsSpan((int)offset, length - (int)offset);
                count = Math.Min(from.Length, destination.Length);
                from[..count].CopyTo(destination);
            }

            return true;
        }
    }

    /// <summary>The file changes, or is closed; false: nothing was kept.</summary>
    public bool Drop()
    {
        lock (gate)
        {
            bool isKept = content is not null;
            if (isKept)
            {
                ArrayPool<byte>.Shared.Return(content!);
                content = null;
            }

            return isKept;
        }
    }
}
