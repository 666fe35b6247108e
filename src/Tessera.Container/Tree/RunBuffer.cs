using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;

namespace Tessera.Container.Tree;

/// <summary>Gathers neighbouring slots into one write.</summary>
internal sealed class RunBuffer(IMedium medium, bool fillsWithNoise)
{
    /// <summary>Longest single write, bytes.</summary>
    private const int Capacity = 512 * 1024;
    private AlignedBuffer? buffer;
    private ulong start;
    private int used;

    public void Add(ulong address, int slots, ReadOnlySpan<byte> content)
    {
        int length = slots * Geometry.SlotSize;
        buffer ??= new AlignedBuffer(Capacity);
        if (used + length > Capacity || address != start + (ulong)(used / Geometry.SlotSize))
        {
            Flush();
        }

        if (used == 0)
        {
            start = address;
        }

        Span<byte> target = buffer.Span.Slice(used, length);
        content.CopyTo(target);
        Unused.Fill(target[content.Length..], fillsWithNoise);
        used += length;
    }

    public void Flush()
    {
        if (used > 0)
        {
            medium.Write(SlotAddress.Offset(start), buffer!.Span[..used], WriteMode.Direct);
            used = 0;
        }

        start = ulong.MaxValue;
    }
}
