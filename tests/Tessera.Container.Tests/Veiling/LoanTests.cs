using Tessera.Container.Format;
using Tessera.Container.Space;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>Slots that the space map lends to decoys.</summary>
public sealed class LoanTests
{
    private const int Reserve = 100;
    private readonly SpaceMap map;

    public LoanTests()
    {
        SimulatedMedium medium = new SimulatedDisk(TestContainer.Disk(1)).Open();
        map = new SpaceMap(medium, new ScatteredPlacement(TestContainer.Deterministic().Random!), Geometry.GroupSize, _ => new byte[GroupBitmap.Size]);
        map.TryGrow().ShouldBeTrue();
        map.ReserveSlots = Reserve;
    }

    [Fact]
    public void A_slot_that_is_lent_goes_to_nobody_else_until_the_loans_end_or_nothing_else_is_left()
    {
        map.TryLend(out ulong underWay).ShouldBeTrue();
        map.TryLend(out ulong landed).ShouldBeTrue();
        map.Lent(landed);
        long others = map.UnmarkedSlots;
        for (long i = 0; i < others; i++)
        {
            map.TryAllocate(1, SpaceUse.Data, mayUseReserve: true, out ulong address).ShouldBeTrue();
            address.ShouldNotBeOneOf(underWay, landed);
        }

        map.TryAllocate(1, SpaceUse.Data, mayUseReserve: true, out ulong last).ShouldBeTrue();
        last.ShouldBe(landed);
        map.TryAllocate(1, SpaceUse.Data, mayUseReserve: true, out _).ShouldBeFalse();
    }

    [Fact]
    public void Loans_count_as_free_and_end_with_an_interval()
    {
        long free = map.FreeSlots;
        map.TryLend(out ulong address).ShouldBeTrue();
        map.Lent(address);
        map.FreeSlots.ShouldBe(free);
        map.UnmarkedSlots.ShouldBe(free - 1);

        map.Settle(new SpaceChanges(), keep: false, () => { });

        map.UnmarkedSlots.ShouldBe(free);
    }

    [Fact]
    public void Nothing_is_lent_when_little_is_free()
    {
        long kept = Reserve + (map.TotalSlots / 64);
        while (map.UnmarkedSlots > kept)
        {
            map.TryAllocate(1, SpaceUse.Data, mayUseReserve: false, out _).ShouldBeTrue();
        }

        map.TryLend(out _).ShouldBeFalse();
    }

    [Fact]
    public void No_more_than_a_quarter_of_what_is_free_is_lent_at_a_time()
    {
        long free = map.FreeSlots;
        for (long i = 0; i < free; i++)
        {
            map.TryLend(out ulong address).ShouldBeTrue();
            map.Lent(address);
        }

        map.UnmarkedSlots.ShouldBe(free - (free / 4));
    }
}
