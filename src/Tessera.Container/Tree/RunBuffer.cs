using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;

namespace Tessera.Container.Tree;

/// <summary>Gathers neighbouring slots into one write, or single ones, wherever they lie, into one of many pieces.</summary>
/// <param name="medium">What they are written to.</param>
/// <param name="fillsWithNoise">What the rest of a slot has in it.</param>
/// <param name="apart">Single slots, of which none is thought to have neighbours.</param>
internal sealed class RunBuffer(IMedium medium, bool fillsWithNoise, bool apart)
{
    /// <summary>Longest single write, bytes.</summary>
    private const int Capacity = 512 * 1024;
    private readonly long[] offsets = apart ? new long[Capacity / Geometry.SlotSize] : [];
    private AlignedBuffer? buffer;
    private ulong start;
    private int used;

    public void Add(ulong address, int slots, ReadOnlySpan<byte> content)
    {
        int length = slots * Geometry.SlotSize;
        buffer ??= new AlignedBuffer(Capacity);
        if (used + length > Capacity || (!apart && address != start + (ulong)(used / Geometry.SlotSize)))
        {
            Flush();
        }

        if (used == 0)
        {
            start = address;
        }

        if (apart)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(slots, 1);
            offsets[used / Geometry.SlotSize] = SlotAddress.Offset(address);
        }

        Span<byte> target = buffer.Span.Slice(used, length);
        content.CopyTo(target);
        Unused.Fill(target[content.Length..], fillsWithNoise);
        used += length;
    }

    public void Flush()
    {
        if (used > 0 && apart)
        {
            medium.WriteEach(offsets.AsSpan(0, used / Geometry.SlotSize), buffer!.Span[..used], WriteMode.Direct);
            used = 0;
        }
        else if (used > 0)
        {
            medium.Write(SlotAddress.Offset(start), buffer!.Span[..used], WriteMode.Direct);
            used = 0;
        }

        start = ulong.MaxValue;
    }
}
