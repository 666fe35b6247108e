using Tessera.Container.Format;
using Tessera.Container.Parity;

namespace Tessera.Container.Tests.Parity;

/// <summary>Where slots of stripes lie (docs/format/parity.md, Layout).</summary>
public sealed class StripeMapTests
{
    private const long Mebibyte = 1L << 20;

    /// <summary>Shape, length of the medium, part of each file: MiB and slots of 4 KiB; how far it is grown.</summary>
    public static TheoryData<int, int, long, long, long> Layouts => new()
    {
        { 8, 2, 128, 0, 128 },
        { 8, 1, 129, 0, 400 },
        { 16, 4, 200, 0, 333 },
        { 8, 2, 160, 4095, 300 },
        { 8, 4, 144, 255, 180 },
        { 8, 2, 320, 8191, 640 },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_slot_has_a_place_of_its_own_also_after_growing(int data, int parity, long mebibytes, long fileSlots, long grown)
    {
        var layout = StripeLayout.Create(data, parity, mebibytes * Mebibyte, fileSlots * Geometry.SlotSize);
        var map = new StripeMap(layout);
        long stripes = layout.LengthOn(grown * Mebibyte) / layout.StripeBytes;
        long mediumSlots = layout.MediumFor(stripes * layout.StripeBytes) / Geometry.SlotSize;
        stripes.ShouldBeGreaterThan(0);
        (mediumSlots * Geometry.SlotSize).ShouldBeLessThanOrEqualTo(grown * Mebibyte);
        layout.LengthOn(mediumSlots * Geometry.SlotSize).ShouldBe(stripes * layout.StripeBytes);
        var used = new bool[mediumSlots];
        for (long stripe = 0; stripe < stripes; stripe++)
        {
            for (int fragment = 0; fragment < layout.Width; fragment++)
            {
                long place = map.Place(stripe, fragment);
                place.ShouldBeInRange(0, mediumSlots - 1);
                used[place].ShouldBeFalse($"{place}");
                used[place] = true;
                map.StripeAt(place, mediumSlots).ShouldBe(stripe);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void No_file_has_more_than_one_slot_of_a_stripe(int data, int parity, long mebibytes, long fileSlots, long grown)
    {
        var layout = StripeLayout.Create(data, parity, mebibytes * Mebibyte, fileSlots * Geometry.SlotSize);
        var map = new StripeMap(layout);
        long file = fileSlots == 0 ? layout.FirstColumn : fileSlots;
        long stripes = fileSlots == 0 ? layout.FirstColumn : layout.LengthOn(grown * Mebibyte) / layout.StripeBytes;
        for (long stripe = 0; stripe < stripes; stripe++)
        {
            Enumerable.Range(0, layout.Width).Select(fragment => map.Place(stripe, fragment) / file).Distinct().Count().ShouldBe(layout.Width);
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void No_stripe_that_is_used_has_a_fixed_slot_and_the_same_ones_are_kept_back_after_growing(int data, int parity, long mebibytes, long fileSlots, long grown)
    {
        var layout = StripeLayout.Create(data, parity, mebibytes * Mebibyte, fileSlots * Geometry.SlotSize);
        var map = new StripeMap(layout);
        HashSet<long> reserved = [.. map.Reserved(mebibytes * Mebibyte / Geometry.SlotSize)];
        long stripes = layout.LengthOn(grown * Mebibyte) / layout.StripeBytes;
        for (long stripe = 0; stripe < stripes; stripe++)
        {
            bool hasFixed = Enumerable.Range(0, layout.Width).Any(fragment => IsFixed(map.Place(stripe, fragment)))
                || Enumerable.Range(0, layout.Data).Any(slot => IsFixed((stripe * layout.Data) + slot));
            reserved.Contains(stripe).ShouldBe(hasFixed, $"stripe {stripe}");
        }

        map.Reserved(grown * Mebibyte / Geometry.SlotSize).ShouldBe([.. reserved.Order()]);
    }

    [Fact]
    public void Places_follow_from_the_key()
    {
        var one = new StripeMap(StripeLayout.Create(8, 2, 128 * Mebibyte, 0));
        var other = new StripeMap(StripeLayout.Create(8, 2, 128 * Mebibyte, 0));

        Enumerable.Range(0, 1000).Count(stripe => one.Place(stripe, 0) == other.Place(stripe, 0)).ShouldBeLessThan(20);
    }

    private static bool IsFixed(long slot) => slot is < 11 or (>= 16373 and <= 16383);
}
