using System.Globalization;
using System.Numerics;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;

namespace Tessera.Container.Parity;

/// <summary>A medium whose slots lie in stripes: each of some data slots, and parity out of which lost ones are made anew (docs/format/parity.md).</summary>
/// <remarks>
/// <para>A stripe is written by one call from its beginning, and never in part: so data and parity are of one moment, whenever a power cut comes; what was not yet claimed by a durable
/// record counts for nothing. Reading gives the data slots as they are: only who opens a seal can tell whether they are whole, and asks <see cref="TryRebuild"/> where they are not.</para>
/// <para>The fixed slots lie where every container has them. The log is written through <see cref="Log"/>. Any thread calls. It owns the medium beneath.</para>
/// </remarks>
public sealed class ParityMedium : IMedium
{
    private const int KeptBuffers = 16;
    private readonly IMedium inner;
    private readonly StripeMap map;
    private readonly ReedSolomon code;
    private readonly StripeMask mask;
    private readonly AlignedBufferPool parities;
    private readonly AlignedBufferPool stripes;
    private Action<string>? told;
    private long rebuilt;
    private long mended;

    public ParityMedium(IMedium inner, StripeLayout layout)
    {
        this.inner = inner;
        Layout = layout;
        map = new StripeMap(layout);
        code = new ReedSolomon(layout.Data, layout.Parity);
        mask = new StripeMask(layout.Key.Span);
        parities = new AlignedBufferPool(layout.Parity * Geometry.SlotSize, KeptBuffers);
        stripes = new AlignedBufferPool(layout.Width * Geometry.SlotSize, KeptBuffers);
        Log = new MirroredLog(inner, layout, map, mask);
    }

    /// <summary>Whether the stored slots of a stripe are what they should be: the seals of what lies there tell.</summary>
    /// <param name="stored">The data slots that were asked for.</param>
    public delegate bool StoredTest(ReadOnlySpan<byte> stored);

    public StripeLayout Layout { get; }

    /// <summary>The log's slots, each in several places.</summary>
    internal MirroredLog Log { get; }

    /// <summary>Stripes that nothing may be put into, in ascending order.</summary>
    internal IReadOnlyList<long> Reserved => map.Reserved(inner.Length / Geometry.SlotSize);

    /// <summary>Stripes of which something had to be made anew to be read.</summary>
    public long Rebuilt => Interlocked.Read(ref rebuilt);

    /// <summary>Slots that were damaged or lost and are written anew.</summary>
    public long Mended => Interlocked.Read(ref mended);

    public long Length => Layout.LengthOn(inner.Length);

    public int Alignment => inner.Alignment;

    public bool IsReadOnly => inner.IsReadOnly;

    public IPartedMedium? Parts => inner.Parts;

    ParityMedium IMedium.Parity => this;

    public long HostFreeBytes => inner.HostFreeBytes / Layout.Width * Layout.Data;

    /// <summary>The medium of a container: this over it, when its header says so.</summary>
    public static IMedium Over(IMedium medium, ContainerHeader header) => header.Stripes is { } layout ? new ParityMedium(medium, layout) : medium;

    public void Read(long offset, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            (long slot, int within) = ((long, int))Math.DivRem(offset, Geometry.SlotSize);
            int length = Math.Min(buffer.Length, Geometry.SlotSize - within);
            if (IsFixed(slot))
            {
                length = FixedLength(offset, buffer.Length);
                inner.Read(offset, buffer[..length]);
            }
            else if (within == 0 && buffer.Length >= 2 * Geometry.SlotSize && slot % Layout.Data < Layout.Data - 1)
            {
                length = ReadOfStripe(slot, buffer);
            }
            else
            {
                ThrowIfOutside(offset, length);
                inner.Read((Place(slot / Layout.Data, (int)(slot % Layout.Data)) * Geometry.SlotSize) + within, buffer[..length]);
            }

            buffer = buffer[length..];
            offset += length;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        while (data.Length > 0)
        {
            int length;
            if (IsFixed(offset / Geometry.SlotSize))
            {
                length = FixedLength(offset, data.Length);
                inner.Write(offset, data[..length], mode);
            }
            else
            {
                length = Math.Min(data.Length, Layout.StripeBytes);
                ThrowIfOutside(offset, length);
                (long stripe, long within) = Math.DivRem(offset, Layout.StripeBytes);
                ArgumentOutOfRangeException.ThrowIfNotEqual(within, 0, nameof(offset));
                WriteStripe(stripe, data[..length], mode);
            }

            data = data[length..];
            offset += length;
        }
    }

    public void Flush() => inner.Flush();

    /// <summary>By whole segments: it may become longer than it was asked for.</summary>
    public void Grow(long length)
    {
        long needed = Layout.MediumFor(length);
        if (needed > inner.Length)
        {
            inner.Grow(needed);
        }
    }

    /// <summary>Gives a medium that was cut short its length again. What is added is noise, as if it had been damaged.</summary>
    /// <exception cref="MediumException">There is no room.</exception>
    internal void GrowBack(long length)
    {
        long before = inner.Length;
        Grow(length);
        Noise.Fill(inner, before, inner.Length, progress: null);
    }

    /// <summary>Nothing: a hole would show what is free.</summary>
    public void Punch(long offset, long length)
    {
    }

    /// <summary>Reads a stripe anew, and makes anew what is damaged or cannot be read, when no more than the parity's number of its slots are.</summary>
    /// <param name="offset">Where the stripe begins.</param>
    /// <param name="stored">Takes the data slots that were written there: so many whole ones as were.</param>
    /// <param name="isWhole">Tells whether they are right.</param>
    /// <returns>False when they cannot be had; then what is in <paramref name="stored"/> means nothing.</returns>
    public bool TryRebuild(long offset, Span<byte> stored, StoredTest isWhole)
    {
        (long stripe, long within) = Math.DivRem(offset, Layout.StripeBytes);
        if (within != 0 || stored.Length > Layout.StripeBytes || offset + stored.Length > Length)
        {
            return false;
        }

        using var reading = new StripeReading(this, stripe, stored.Length / Geometry.SlotSize, parities);
        if (!reading.TrySolve(code, stored, isWhole))
        {
            return false;
        }

        if (reading.HasLosses)
        {
            NoteRebuilt(offset);
        }

        return true;
    }

    /// <summary>Who is told that something had to be made anew.</summary>
    internal void ReportTo(Action<string>? report) => told = report;

    /// <summary>Compares the slots of a stripe, parity too, with what they should be.</summary>
    /// <param name="offset">Where the stripe begins.</param>
    /// <param name="stored">Its data slots, which are right.</param>
    /// <param name="write">Those that differ, or cannot be read, are written anew. The caller makes sure that nobody else is given the stripe meanwhile.</param>
    /// <returns>How many differ, or could not be read.</returns>
    /// <exception cref="MediumException">One cannot be written.</exception>
    public int Mend(long offset, ReadOnlySpan<byte> stored, bool write)
    {
        long stripe = offset / Layout.StripeBytes;
        int count = stored.Length / Geometry.SlotSize;
        int damaged = 0;
        var page = new AlignedBuffer(2 * Geometry.SlotSize);
        Span<byte> wanted = page.Span[..Geometry.SlotSize];
        Span<byte> found = page.Span[Geometry.SlotSize..];
        for (int fragment = 0; fragment < count + Layout.Parity; fragment++)
        {
            int number = fragment < count ? fragment : Layout.Data + fragment - count;
            if (fragment < count)
            {
                stored.Slice(fragment * Geometry.SlotSize, Geometry.SlotSize).CopyTo(wanted);
            }
            else
            {
                EncodeParity(stripe, fragment - count, stored, wanted);
            }

            if (TryReadPlace(stripe, number, found) && found.SequenceEqual(wanted))
            {
                continue;
            }

            damaged++;
            if (write)
            {
                inner.Write(Place(stripe, number) * Geometry.SlotSize, wanted, WriteMode.Direct);
                Interlocked.Increment(ref mended);
            }
        }

        return damaged;
    }

    /// <summary>The places on the medium of all slots that a run touches, bytes: what a write there may change.</summary>
    internal IEnumerable<long> PlacesOf(long offset)
    {
        long stripe = offset / Layout.StripeBytes;
        return Enumerable.Range(0, Layout.Width).Select(fragment => Place(stripe, fragment) * Geometry.SlotSize);
    }

    /// <summary>Zeroes the keys and leaves the medium to its owner; not to be used any more.</summary>
    public void Leave() => mask.Dispose();

    public void Dispose()
    {
        Leave();
        inner.Dispose();
    }

    /// <summary>A slot of a stripe as it lies there; false when it cannot be read.</summary>
    internal bool TryReadPlace(long stripe, int fragment, Span<byte> slot)
    {
        try
        {
            inner.Read(Place(stripe, fragment) * Geometry.SlotSize, slot);
            return true;
        }
        catch (MediumException)
        {
            return false; // As good as damaged: this is what parity is for. Nothing is hidden: who asked is told when there is not enough of it.
        }
    }

    /// <summary>Takes the mask off a parity slot, or puts it on.</summary>
    internal void Mask(long stripe, int row, Span<byte> parity) => mask.Apply(Place(stripe, Layout.Data + row), parity);

    /// <summary>The first time, the second, the fourth and so on: a lost file would fill the log.</summary>
    private void NoteRebuilt(long offset)
    {
        long count = Interlocked.Increment(ref rebuilt);
        if (BitOperations.IsPow2(count))
        {
            told?.Invoke(string.Create(
                CultureInfo.InvariantCulture,
                $"Slots of a stripe (at {offset}) are damaged or lost; parity made them good. That is {count} so far; 'tessera scrub' writes all such slots anew."));
        }
    }

    private static bool IsFixed(long slot) => slot < Geometry.FixedSlots || (slot >= FixedPlaces.OrdinarySecond && slot < Geometry.SlotsPerGroup);

    /// <summary>How much of a range lies in the run of fixed slots that it begins in.</summary>
    private static int FixedLength(long offset, int length)
    {
        long end = offset < (long)Geometry.FixedSlots * Geometry.SlotSize ? (long)Geometry.FixedSlots * Geometry.SlotSize : Geometry.GroupSize;
        return (int)Math.Min(length, end - offset);
    }

    private long Place(long stripe, int fragment) => map.Place(stripe, fragment);

    /// <summary>Reads whole slots from one on to the end of its stripe or the buffer's; how much, bytes.</summary>
    private int ReadOfStripe(long slot, Span<byte> buffer)
    {
        (long stripe, long first) = Math.DivRem(slot, Layout.Data);
        int count = Math.Min(Layout.Data - (int)first, buffer.Length / Geometry.SlotSize);
        ThrowIfOutside(slot * Geometry.SlotSize, count * Geometry.SlotSize);
        Span<long> offsets = stackalloc long[StripeLayout.MostFragments];
        for (int i = 0; i < count; i++)
        {
            offsets[i] = Place(stripe, (int)first + i) * Geometry.SlotSize;
        }

        inner.ReadEach(offsets[..count], buffer[..(count * Geometry.SlotSize)]);
        return count * Geometry.SlotSize;
    }

    private void WriteStripe(long stripe, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int count = data.Length / Geometry.SlotSize;
        Span<long> offsets = stackalloc long[StripeLayout.MostFragments];
        AlignedBuffer buffer = stripes.Rent();
        try
        {
            // All is ready before the first slot goes out.
            Span<byte> slots = buffer.Span[..((count + Layout.Parity) * Geometry.SlotSize)];
            data.CopyTo(slots);
            for (int i = 0; i < count; i++)
            {
                offsets[i] = Place(stripe, i) * Geometry.SlotSize;
            }

            for (int row = 0; row < Layout.Parity; row++)
            {
                EncodeParity(stripe, row, data, slots.Slice((count + row) * Geometry.SlotSize, Geometry.SlotSize));
                offsets[count + row] = Place(stripe, Layout.Data + row) * Geometry.SlotSize;
            }

            inner.WriteEach(offsets[..(count + Layout.Parity)], slots, mode);
        }
        finally
        {
            stripes.Return(buffer);
        }
    }

    private void EncodeParity(long stripe, int row, ReadOnlySpan<byte> data, Span<byte> parity)
    {
        code.Encode(row, data, parity);
        Mask(stripe, row, parity);
    }

    private void ThrowIfOutside(long offset, int length)
    {
        if (offset < 0 || offset + length > Length)
        {
            throw new MediumException(MediumFault.Truncated, $"Cannot reach {length} bytes at {offset}: the stripes end at {Length}.");
        }
    }
}
