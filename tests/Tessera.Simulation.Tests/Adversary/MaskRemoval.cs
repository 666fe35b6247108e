using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Veiling;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>Makes a medium with parity one that was written without masks: takes them off where they are, which makes of noise other noise.</summary>
internal static class MaskRemoval
{
    /// <summary>Of all parity.</summary>
    public static void OfParity(IMedium medium, byte[] key) => Of(medium, key, static layout => (layout.Data, layout.Width));

    /// <summary>Of the log. Which stripes are the log's does not matter: what is sealed stays as noisy as it was.</summary>
    public static void OfLog(IMedium medium, byte[] key) => Of(medium, key, static layout => (0, layout.Data));

    private static void Of(IMedium medium, byte[] key, Func<StripeLayout, (int First, int End)> choose)
    {
        StripeLayout layout = ContainerHeader.Read(VeiledMedium.Lift(medium, key), forWriting: false).Stripes!;
        (int first, int end) = choose(layout);
        var map = new StripeMap(layout);
        using var mask = new StripeMask(layout.Key.Span);
        HashSet<long> reserved = [.. map.Reserved(medium.Length / Geometry.SlotSize)];
        byte[] page = new byte[Geometry.SlotSize];
        for (long stripe = 0; stripe < layout.LengthOn(medium.Length) / layout.StripeBytes; stripe++)
        {
            for (int fragment = first; fragment < end && !reserved.Contains(stripe); fragment++)
            {
                long place = map.Place(stripe, fragment);
                medium.Read(place * Geometry.SlotSize, page);
                mask.Apply(place, page);
                medium.Write(place * Geometry.SlotSize, page, WriteMode.Cached);
            }
        }
    }
}
