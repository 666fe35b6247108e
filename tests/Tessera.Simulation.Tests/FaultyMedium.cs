using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Simulation.Tests;

/// <summary>A medium that breaks one promise: plants a bug beneath the container.</summary>
/// <param name="inner">The honest one.</param>
/// <param name="bug">Which promise.</param>
internal sealed class FaultyMedium(IMedium inner, PlantedBug bug) : IMedium
{
    private readonly List<(long Offset, byte[] Data)> held = [];

    public long Length => inner.Length;

    public int Alignment => inner.Alignment;

    public bool IsReadOnly => inner.IsReadOnly;

    public long HostFreeBytes => inner.HostFreeBytes;

    public void Read(long offset, Span<byte> buffer)
    {
        inner.Read(offset, buffer);
        foreach ((long at, byte[] data) in held)
        {
            long start = Math.Max(at, offset);
            long end = Math.Min(at + data.Length, offset + buffer.Length);
            if (start < end)
            {
                data.AsSpan((int)(start - at), (int)(end - start)).CopyTo(buffer[(int)(start - offset)..]);
            }
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        switch (bug)
        {
            case PlantedBug.DurableIsCached when mode == WriteMode.Durable:
                inner.Write(offset, data, WriteMode.Cached);
                break;
            case PlantedBug.BlocksAfterRecord when mode == WriteMode.Direct && offset >= Geometry.SlotSize * Geometry.FixedSlots:
                held.Add((offset, data.ToArray()));
                break;
            default:
                inner.Write(offset, data, mode);
                break;
        }
    }

    public void Flush()
    {
        if (bug == PlantedBug.SkippedFlush)
        {
            return;
        }

        inner.Flush();

        // What was written before the flush goes down only after it: the record that names it is durable first.
        foreach ((long offset, byte[] data) in held)
        {
            inner.Write(offset, data, WriteMode.Direct);
        }

        held.Clear();
    }

    public void Grow(long length) => inner.Grow(length);

    public void Punch(long offset, long length) => inner.Punch(offset, length);

    public void Dispose() => inner.Dispose();
}
