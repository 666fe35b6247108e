using Tessera.Volumes.Accesses;

namespace Tessera.Host.Auditing;

/// <summary>Lines that are to become one segment of an access log.</summary>
internal sealed class SegmentBuffer
{
    private readonly byte[] lines = new byte[AccessLogWriter.MaxLines];
    private int length;

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Lines => lines.AsMemory(0, length);

    /// <returns>False: there is no room.</returns>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        if (!line.TryCopyTo(lines.AsSpan(length)))
        {
            return false;
        }

        length += line.Length;
        Count++;
        return true;
    }

    public void Clear() => (length, Count) = (0, 0);
}
