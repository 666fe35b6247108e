using System.Numerics;
using System.Runtime.InteropServices;
using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Parity;

/// <summary>The log of a container with parity: it is written a sector at a time, so each of its slots lies in several places instead of having parity (docs/format/parity.md, The log).</summary>
/// <remarks>Offsets are those of the container: an extent is one stripe, whose first slots are the log's. Each place has a mask of its own.</remarks>
internal sealed class MirroredLog(IMedium inner, StripeLayout layout, StripeMap map, StripeMask mask)
{
    private const int KeptBuffers = 8;
    private readonly AlignedBufferPool buffers = new(2 * Geometry.SlotSize, KeptBuffers);

    /// <summary>Copies of each slot.</summary>
    public int Mirrors => layout.Mirrors;

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        AlignedBuffer buffer = buffers.Rent();
        try
        {
            while (data.Length > 0)
            {
                int within = (int)(offset % Geometry.SlotSize);
                int length = Math.Min(data.Length, Geometry.SlotSize - within);
                for (int mirror = 0; mirror < layout.Mirrors; mirror++)
                {
                    long place = PlaceOf(offset, mirror);
                    Span<byte> page = buffer.Span[..Geometry.SlotSize];
                    Span<byte> stream = buffer.Span[Geometry.SlotSize..];
                    mask.Fill(place, stream);
                    data[..length].CopyTo(page);
                    Add(stream.Slice(within, length), page[..length]);
                    inner.Write((place * Geometry.SlotSize) + within, page[..length], mode);
                }

                data = data[length..];
                offset += length;
            }
        }
        finally
        {
            buffers.Return(buffer);
        }
    }

    /// <summary>Reads one copy.</summary>
    /// <exception cref="MediumException">That copy cannot be read.</exception>
    public void Read(long offset, Span<byte> buffer, int mirror)
    {
        AlignedBuffer own = buffers.Rent();
        try
        {
            while (buffer.Length > 0)
            {
                int within = (int)(offset % Geometry.SlotSize);
                int length = Math.Min(buffer.Length, Geometry.SlotSize - within);
                long place = PlaceOf(offset, mirror);
                Span<byte> stream = own.Span[..Geometry.SlotSize];
                mask.Fill(place, stream);
                inner.Read((place * Geometry.SlotSize) + within, buffer[..length]);
                Add(stream.Slice(within, length), buffer[..length]);
                buffer = buffer[length..];
                offset += length;
            }
        }
        finally
        {
            buffers.Return(own);
        }
    }

    private static void Add(ReadOnlySpan<byte> stream, Span<byte> data)
    {
        Span<Vector<byte>> sums = MemoryMarshal.Cast<byte, Vector<byte>>(data);
        ReadOnlySpan<Vector<byte>> more = MemoryMarshal.Cast<byte, Vector<byte>>(stream);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] ^= more[i];
        }

        for (int i = sums.Length * Vector<byte>.Count; i < data.Length; i++)
        {
            data[i] ^= stream[i];
        }
    }

    private long PlaceOf(long offset, int mirror)
    {
        (long stripe, long within) = Math.DivRem(offset / Geometry.SlotSize, layout.Data);
        return map.Place(stripe, ((int)within * layout.Mirrors) + mirror);
    }
}
