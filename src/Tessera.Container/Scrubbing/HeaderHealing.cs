using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Scrubbing;

/// <summary>Writes the whole copy of a header over a damaged one.</summary>
internal static class HeaderHealing
{
    public static void Heal(IMedium medium)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (!IsWhole(medium, copy, page.Span) && IsWhole(medium, 1 - copy, page.Span))
            {
                medium.Write(Geometry.HeaderOffset(copy), page.Span, WriteMode.Durable);
            }
        }
    }

    private static bool IsWhole(IMedium medium, int copy, Span<byte> page)
    {
        try
        {
            medium.Read(Geometry.HeaderOffset(copy), page);
            return ContainerHeader.IsWhole(page);
        }
        catch (MediumException)
        {
            return false; // Unreadable is damaged.
        }
    }
}
