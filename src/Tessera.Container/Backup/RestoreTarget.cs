using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Backup;

/// <summary>Puts chunks in their places. Header, key slots and roots wait for the end: until they are there, the medium holds no volume.</summary>
internal sealed class RestoreTarget
{
    private const int ZeroSlots = 256;
    private readonly IMedium medium;
    private readonly FixedPlaces places;
    private readonly AlignedBuffer[] held = [new(Geometry.FixedSlots * Geometry.SlotSize), new(Geometry.FixedSlots * Geometry.SlotSize)];
    private readonly AlignedBuffer zeros = new(ZeroSlots * Geometry.SlotSize);

    public RestoreTarget(IMedium medium, FixedPlaces places, long length)
    {
        this.medium = medium;
        this.places = places;
        zeros.Span.Clear();
        foreach (AlignedBuffer copy in held)
        {
            copy.Span.Clear();
        }

        if (medium.Length < length)
        {
            medium.Grow(length);
        }

        ContainerFormatter.WipeRoots(medium, places, withNoise: false);
    }

    public void Put(BackupChunk chunk, ReadOnlySpan<byte> data)
    {
        for (int copy = 0; copy < chunk.Copies; copy++)
        {
            ulong address = chunk.Address(copy);
            if (TryHold(address, chunk.Slots, data))
            {
                continue;
            }

            if (chunk.Kind == BackupChunk.ChunkKind.Data)
            {
                medium.Write(SlotAddress.Offset(address), data, WriteMode.Direct);
            }
            else
            {
                PutZeros(SlotAddress.Offset(address), chunk.Slots);
            }
        }
    }

    /// <summary>Everything else is durable before the roots are written: only then is there a volume.</summary>
    public void Finish()
    {
        medium.Flush();
        int rootsAt = Geometry.SlotSize + Geometry.KeySlotsLength;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Write(places.HeaderOffset(copy), held[copy].Span[..rootsAt], WriteMode.Direct);
        }

        medium.Flush();
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Write(places.HeaderOffset(copy) + rootsAt, held[copy].Span[rootsAt..], WriteMode.Durable);
        }

        medium.Flush();
    }

    /// <summary>Keeps back what belongs to the fixed slots at either end of group 0.</summary>
    private bool TryHold(ulong address, int slots, ReadOnlySpan<byte> data)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            long at = SlotAddress.Offset(address) - places.HeaderOffset(copy);
            long length = (long)slots * Geometry.SlotSize;
            if (at >= 0 && at + length <= held[copy].Length)
            {
                Span<byte> place = held[copy].Span.Slice((int)at, (int)length);
                place.Clear();
                data.CopyTo(place);
                return true;
            }
        }

        return false;
    }

    private void PutZeros(long offset, int slots)
    {
        for (; slots > 0; slots -= ZeroSlots, offset += zeros.Length)
        {
            medium.Write(offset, zeros.Span[..(Math.Min(slots, ZeroSlots) * Geometry.SlotSize)], WriteMode.Direct);
        }
    }
}
