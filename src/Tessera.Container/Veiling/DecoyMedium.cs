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
/// <para>What is written at once goes out at once with its decoys, slots one by one, also neighbours, in a random order; of a container with parity stripes do, among as long ones. What the kernel sorts
/// meanwhile says no more: an order that depends on the places alone says what the places say. A decoy fails as what is real does. It does not own the medium.</para>
/// </remarks>
internal sealed class DecoyMedium(IMedium inner, SpaceMap space, int perSlot, Func<ulong> next) : MediumDecorator(inner)
{
    private const int KeptBuffers = 16;

    /// <summary>Pieces that go out together, decoys among them: as many as a queue of the kernel's takes.</summary>
    private const int MostTogether = 64;

    /// <summary>Bytes of them, where that is enough for one and its decoys.</summary>
    private const int BytesTogether = MostTogether * Geometry.SlotSize;
    private readonly NoiseStream noise = new();

    /// <summary>What is placed at a time: a slot, or as much of a stripe as there is.</summary>
    private readonly int unit = space.Stripe * Geometry.SlotSize;
    private readonly AlignedBufferPool buffers = new(Math.Max(BytesTogether, (1 + perSlot) * space.Stripe * Geometry.SlotSize), KeptBuffers);
    private long written;
    private long skipped;

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

    public override void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer) => Inner.ReadEach(offsets, buffer);

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        while (data.Length > 0)
        {
            int length = Math.Min(data.Length, unit);
            WriteAmongDecoys([offset], data[..length], mode);
            data = data[length..];
            offset += length;
        }
    }

    /// <summary>Pieces of a slot, or as much of a stripe as there is; longer ones go out one after the other.</summary>
    public override void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int length = data.Length / Math.Max(1, offsets.Length);
        int together = length > unit ? 1 : Math.Max(1, BytesTogether / unit / (1 + perSlot));
        for (int i = 0; i < offsets.Length; i += together)
        {
            int count = Math.Min(together, offsets.Length - i);
            ReadOnlySpan<byte> pieces = data.Slice(i * length, count * length);
            if (length > unit)
            {
                Write(offsets[i], pieces, mode);
            }
            else
            {
                WriteAmongDecoys(offsets.Slice(i, count), pieces, mode);
            }
        }
    }

    /// <summary>Leaves the medium to its owner.</summary>
    protected override void Dispose(bool disposing) => noise.Dispose();

    private void WriteAmongDecoys(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> pieces, WriteMode mode)
    {
        Span<ulong> places = stackalloc ulong[MostTogether];
        Span<long> order = stackalloc long[MostTogether];
        int wanted = offsets.Length * perSlot;
        int count = 0;
        AlignedBuffer buffer = buffers.Rent();
        try
        {
            while (count < wanted && space.TryLend(out places[count]))
            {
                count++;
            }

            // All is ready before the first goes out: the time between two writes must not tell for which of them noise was made meanwhile.
            int all = offsets.Length + count;
            Span<byte> mixed = buffer.Span[..(all * (pieces.Length / offsets.Length))];
            Mix(offsets, pieces, places[..count], order[..all], mixed);
            Inner.WriteEach(order[..all], mixed, mode);
        }
        finally
        {
            buffers.Return(buffer);
            End(places[..count], wanted);
        }
    }

    /// <summary>Puts what is real at random places among the noise: each choice of places is as likely as any other.</summary>
    private void Mix(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> pieces, ReadOnlySpan<ulong> decoys, Span<long> order, Span<byte> mixed)
    {
        int length = mixed.Length / order.Length;
        int real = 0;
        for (int i = 0; i < order.Length; i++)
        {
            Span<byte> target = mixed.Slice(i * length, length);
            if (next() % (ulong)(order.Length - i) < (ulong)(offsets.Length - real))
            {
                order[i] = offsets[real];
                pieces.Slice(real * length, length).CopyTo(target);
                real++;
            }
            else
            {
                order[i] = SlotAddress.Offset(decoys[i - real]);
                noise.Fill(target);
            }
        }
    }

    private void End(ReadOnlySpan<ulong> places, int wanted)
    {
        Interlocked.Add(ref written, places.Length);
        Interlocked.Add(ref skipped, wanted - places.Length);
        foreach (ulong place in places)
        {
            space.Lent(place);
        }
    }
}
