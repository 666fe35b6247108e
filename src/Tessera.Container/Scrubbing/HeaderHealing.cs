using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Scrubbing;

/// <summary>Writes the whole copy of a header over a damaged one.</summary>
internal static class HeaderHealing
{
    public static void Heal(IMedium medium, FixedPlaces places)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (!IsWhole(medium, places.HeaderOffset(copy), page.Span) && IsWhole(medium, places.HeaderOffset(1 - copy), page.Span))
            {
                medium.Write(places.HeaderOffset(copy), page.Span, WriteMode.Durable);
            }
        }
    }

    private static bool IsWhole(IMedium medium, long offset, Span<byte> page)
    {
        try
        {
            medium.Read(offset, page);
            return ContainerHeader.IsWhole(page);
        }
        catch (MediumException)
        {
            return false; // Unreadable is damaged.
        }
    }
}
