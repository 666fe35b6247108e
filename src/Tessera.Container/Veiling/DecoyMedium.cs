using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Space;

namespace Tessera.Container.Veiling;

/// <summary>What newly placed slots of a scattered container are written through: beside each, noise goes to some that are free, so that of the slots a watcher sees
/// written he does not know which hold something (docs/format/scattered.md, Decoys).</summary>
/// <remarks>
/// <para>A decoy is a block that is written and then discarded: it goes to a slot that could have been allocated, which is marked as allocated while that lasts, and is told to
/// nobody. So nothing that a kept root, the log or a backup needs can lie there, and a crash leaves a free slot with other noise in it.</para>
/// <para>Slots go out one by one, also neighbours, each at a random place among its decoys; of a container with parity stripes do, each among as long ones. A decoy fails as what is real does. It does not own the medium.</para>
/// </remarks>
internal sealed class DecoyMedium(IMedium inner, SpaceMap space, int perSlot, Func<ulong> next) : IMedium
{
    private const int KeptBuffers = 16;
    private readonly NoiseStream noise = new();

    /// <summary>What is placed at a time: a slot, or as much of a stripe as there is.</summary>
    private readonly int unit = space.Stripe * Geometry.SlotSize;
    private readonly AlignedBufferPool buffers = new(perSlot * space.Stripe * Geometry.SlotSize, KeptBuffers);
    private long written;
    private long skipped;

    public long Length => inner.Length;

    public int Alignment => inner.Alignment;

    public bool IsReadOnly => inner.IsReadOnly;

    public IPartedMedium? Parts => inner.Parts;

    public ParityMedium? Parity => inner.Parity;

    public long HostFreeBytes => inner.HostFreeBytes;

    /// <summary>Decoys written.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Decoys left out because little was free.</summary>
    public long Skipped => Interlocked.Read(ref skipped);

    /// <summary>What a store's new slots are written through; null where they are written as they are.</summary>
    public static DecoyMedium? Of(ContainerParts parts, ContainerOptions options, IMedium medium)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)options.Decoys, (uint)ContainerOptions.MostDecoys, nameof(options));
        return parts.Header.Profile == ContainerProfile.Scattered && options.Decoys > 0 && !options.ReadOnly
            ? new DecoyMedium(medium, parts.Space, options.Decoys, Placements.Numbers(options.Random))
            : null;
    }

    public void Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

    public void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer) => inner.ReadEach(offsets, buffer);

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        while (data.Length > 0)
        {
            int length = Math.Min(data.Length, unit);
            WriteAmongDecoys(offset, data[..length], mode);
            data = data[length..];
            offset += length;
        }
    }

    public void Flush() => inner.Flush();

    public void Grow(long length) => inner.Grow(length);

    public void Punch(long offset, long length) => inner.Punch(offset, length);

    /// <summary>Leaves the medium to its owner.</summary>
    public void Dispose() => noise.Dispose();

    private void WriteAmongDecoys(long offset, ReadOnlySpan<byte> slot, WriteMode mode)
    {
        Span<ulong> places = stackalloc ulong[ContainerOptions.MostDecoys];
        int count = 0;
        AlignedBuffer buffer = buffers.Rent();
        try
        {
            // All is ready before the first goes out: the time between two writes must not tell for which of them noise was made meanwhile.
            while (count < perSlot && space.TryLend(out places[count]))
            {
                count++;
            }

            Span<byte> decoys = buffer.Span[..(count * slot.Length)];
            noise.Fill(decoys);
            int before = (int)(next() % (ulong)(count + 1));
            WriteDecoys(places[..before], decoys, slot.Length, mode);
            inner.Write(offset, slot, mode);
            WriteDecoys(places[before..count], decoys[(before * slot.Length)..], slot.Length, mode);
        }
        finally
        {
            buffers.Return(buffer);
            End(places[..count]);
        }
    }

    private void WriteDecoys(ReadOnlySpan<ulong> places, ReadOnlySpan<byte> decoys, int length, WriteMode mode)
    {
        for (int i = 0; i < places.Length; i++)
        {
            inner.Write(SlotAddress.Offset(places[i]), decoys.Slice(i * length, length), mode);
        }
    }

    private void End(ReadOnlySpan<ulong> places)
    {
        Interlocked.Add(ref written, places.Length);
        Interlocked.Add(ref skipped, perSlot - places.Length);
        foreach (ulong place in places)
        {
            space.Lent(place);
        }
    }
}
