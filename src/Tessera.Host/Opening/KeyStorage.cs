using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Host.Opening;

/// <summary>The key slots of a volume on its medium: two copies, of which the newest whole one counts.</summary>
internal static class KeyStorage
{
    /// <exception cref="KeyHeaderException">No copy can be used.</exception>
    /// <exception cref="MediumException">The medium failed, or ends before the second copy and the first is not whole.</exception>
    public static KeyHeaderChoice Read(IMedium medium)
    {
        var first = new AlignedBuffer(Geometry.KeySlotsLength);
        var second = new AlignedBuffer(Geometry.KeySlotsLength);
        FixedPlaces places = FixedPlaces.Of(medium);
        medium.Read(places.KeySlotsOffset(0), first.Span);
        if (places.KeySlotsOffset(1) + Geometry.KeySlotsLength <= medium.Length)
        {
            medium.Read(places.KeySlotsOffset(1), second.Span);
        }
        else
        {
            second.Span.Clear(); // Cut short: the first copy still tells who may ask for the rest.
        }

        return KeyHeader.ChooseNewest(first.Span, second.Span);
    }

    /// <summary>Replaces both copies, the one that did not count first: a power cut leaves a whole one at every moment.</summary>
    /// <param name="medium">Open for writing, and locked.</param>
    /// <param name="header">The new one.</param>
    /// <param name="countedIsSecond">Which copy counted so far.</param>
    public static void Write(IMedium medium, KeyHeader header, bool countedIsSecond)
    {
        var bytes = new AlignedBuffer(Geometry.KeySlotsLength);
        FixedPlaces places = FixedPlaces.Of(medium);
        header.Encode(bytes.Span);
        foreach (int copy in (ReadOnlySpan<int>)(countedIsSecond ? [0, 1] : [1, 0]))
        {
            medium.Write(places.KeySlotsOffset(copy), bytes.Span, WriteMode.Direct);
            medium.Flush();
        }
    }
}
