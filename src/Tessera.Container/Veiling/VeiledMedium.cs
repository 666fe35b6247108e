using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Container.Veiling;

/// <summary>A medium whose header and key slots lie sealed where an ordinary container has them in the clear. Through it they are read and written as if they
/// lay there openly; everything else passes through untouched, for it is sealed already.</summary>
/// <remarks>It keeps nothing of what it read: another process may change the key slots of a mounted volume. A write into the veil seals that copy whole; a torn
/// one costs that copy, and the other can make it anew. It owns the medium beneath.</remarks>
public sealed class VeiledMedium : MediumDecorator
{
    private readonly SecretBytes volumeKey;
    private readonly VeilPages? first;

    private VeiledMedium(IMedium inner, ReadOnlySpan<byte> volumeKey, VeilPages? first)
        : base(inner)
    {
        this.first = first;
        this.volumeKey = SecretBytes.CopyOf(volumeKey);
    }

    /// <summary>What the next writes of key slots put into both copies; null: what is there.</summary>
    public HiddenKeys? NewKeys { get; set; }

    /// <summary>The medium behind the veil when there is one that this key opens, else the medium itself.</summary>
    public static IMedium Lift(IMedium medium, ReadOnlySpan<byte> volumeKey)
    {
        if (ContainerHeader.IsReadable(medium))
        {
            return medium;
        }

        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (TryOpen(medium, copy, volumeKey) is not null)
            {
                return new VeiledMedium(medium, volumeKey, first: null);
            }
        }

        return medium;
    }

    /// <summary>Begins the veil of a new container: what is written through it is sealed, and opened by these slots.</summary>
    public static VeiledMedium Begin(IMedium medium, ReadOnlySpan<byte> volumeKey, HiddenKeys keys) =>
        new(medium, volumeKey, new VeilPages(new byte[VeilPages.LogicalLength], keys));

    /// <summary>The same header behind a veil of another volume key. Nothing is written yet: each copy that is written through it is of that key, whole.</summary>
    /// <param name="newKey">The new volume key.</param>
    /// <param name="keys">What opens it.</param>
    /// <exception cref="MediumException">Neither copy opens.</exception>
    public VeiledMedium Rekeyed(ReadOnlySpan<byte> newKey, HiddenKeys keys)
    {
        VeilPages pages = TryOpen(Inner, 0, volumeKey.Span) ?? TryOpen(Inner, 1, volumeKey.Span) ?? FirstPages();
        return new VeiledMedium(Inner, newKey, pages with { Keys = keys });
    }

    /// <summary>Whether there may be a veil: no header that can be read, and noise in one of its two places. Anybody can see as much.</summary>
    public static bool IsPlausible(IMedium medium)
    {
        if (ContainerHeader.IsReadable(medium))
        {
            return false;
        }

        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (medium.Length >= Geometry.GroupSize && TryRead(medium, FixedPlaces.Ordinary.HeaderOffset(copy), page.Span) && Noise.IsPlausible(page.Span))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The hidden slots of a copy as they lie there, which needs no key; noise of our own where they cannot be read.</summary>
    public static HiddenSlots ReadSlots(IMedium medium, int copy)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        return TryRead(medium, FixedPlaces.Ordinary.HeaderOffset(copy), page.Span) ? new HiddenSlots(page.Span[..HiddenSlots.Size]) : HiddenSlots.Create();
    }

    /// <summary>The hidden slots of both copies, as this copy tells them; null when it does not open.</summary>
    public HiddenKeys? ReadKeys(int copy) => TryOpen(Inner, copy, volumeKey.Span)?.Keys;

    public override void Read(long offset, Span<byte> buffer)
    {
        int copy = CopyAt(offset, buffer.Length);
        if (copy < 0)
        {
            Inner.Read(offset, buffer);
            return;
        }

        // A copy that does not open reads as zeros: no header and no key slots, which is what its readers look for.
        ReadOnlySpan<byte> logical = TryOpen(Inner, copy, volumeKey.Span)?.Logical ?? new byte[VeilPages.LogicalLength];
        logical.Slice((int)(offset - FixedPlaces.Ordinary.HeaderOffset(copy)), buffer.Length).CopyTo(buffer);
    }

    public override void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        int length = buffer.Length / Math.Max(1, offsets.Length);
        int open = CountOpen(offsets, length);
        Inner.ReadEach(offsets[..open], buffer[..(open * length)]);
        OneByOne.Read(this, offsets[open..], buffer[(open * length)..]); // From the first that lies in the veil on: nobody but a liar asks for it so.
    }

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int copy = CopyAt(offset, data.Length);
        if (copy < 0)
        {
            Inner.Write(offset, data, mode);
            return;
        }

        VeilPages pages = TryOpen(Inner, copy, volumeKey.Span) ?? TryOpen(Inner, 1 - copy, volumeKey.Span) ?? FirstPages();
        data.CopyTo(pages.Logical.AsSpan((int)(offset - FixedPlaces.Ordinary.HeaderOffset(copy))));
        var stored = new AlignedBuffer(VeilPages.LogicalLength);
        (NewKeys is { } keys ? pages with { Keys = keys } : pages).Seal(copy, volumeKey.Span, stored.Span);
        Inner.Write(FixedPlaces.Ordinary.HeaderOffset(copy), stored.Span, mode);
    }

    public override void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int length = data.Length / Math.Max(1, offsets.Length);
        int open = CountOpen(offsets, length);
        Inner.WriteEach(offsets[..open], data[..(open * length)], mode);
        OneByOne.Write(this, offsets[open..], data[(open * length)..], mode);
    }

    /// <summary>Nothing: a hole would show what is free.</summary>
    public override void Punch(long offset, long length)
    {
    }

    /// <summary>Zeroes the key and leaves the medium to its owner; not to be used any more.</summary>
    public void Leave() => volumeKey.Dispose();

    protected override void Dispose(bool disposing)
    {
        Leave();
        base.Dispose(disposing);
    }

    /// <summary>Pieces before the first that lies in the veil.</summary>
    private static int CountOpen(ReadOnlySpan<long> offsets, int length)
    {
        int open = 0;
        while (open < offsets.Length && CopyAt(offsets[open], length) < 0)
        {
            open++;
        }

        return open;
    }

    private VeilPages FirstPages() => first is not null
        ? first with { Logical = [.. first.Logical] }
        : throw new MediumException(MediumFault.Failed, "Neither copy of the header and the key slots opens any more.");

    /// <summary>Which copy of the veil a range lies in; −1 for none.</summary>
    private static int CopyAt(long offset, int length)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            long start = FixedPlaces.Ordinary.HeaderOffset(copy);
            if (offset >= start && offset + length <= start + VeilPages.LogicalLength)
            {
                return copy;
            }
        }

        return -1;
    }

    private static VeilPages? TryOpen(IMedium medium, int copy, ReadOnlySpan<byte> volumeKey)
    {
        var stored = new AlignedBuffer(VeilPages.LogicalLength);
        return TryRead(medium, FixedPlaces.Ordinary.HeaderOffset(copy), stored.Span) ? VeilPages.TryOpen(copy, volumeKey, stored.Span) : null;
    }

    private static bool TryRead(IMedium medium, long offset, Span<byte> buffer)
    {
        try
        {
            medium.Read(offset, buffer);
            return true;
        }
        catch (MediumException)
        {
            return false; // Unreadable is as good as damaged: the other copy is there for this.
        }
    }
}
