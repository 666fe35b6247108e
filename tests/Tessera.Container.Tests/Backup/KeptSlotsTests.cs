using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Backup;

public sealed class KeptSlotsTests
{
    /// <summary>The bitmap is not in memory when the slots are settled, and the tree already calls them free.</summary>
    [Fact]
    public void Slots_kept_in_a_group_that_must_be_read_anew_are_not_allocated_until_released()
    {
        const int First = 100;
        const int Slots = 50;
        byte[] page = new byte[GroupBitmap.Size];
        page.AsSpan().Fill(0xFF);
        var disk = new SimulatedDisk(TestContainer.Disk(1));
        using SimulatedMedium medium = disk.Open();
        var map = new SpaceMap(medium, new LocalPlacement(), sizeLimit: Geometry.GroupSize, _ => page);
        map.Load([0]);
        var changes = new SpaceChanges();
        changes.GiveUp(SlotAddress.Of(0, First), Slots);

        map.Settle(changes, keep: true, () => page = WithFree(First, Slots));
        map.FreeSlots.ShouldBe(0);
        map.TryAllocate(1, SpaceUse.Data, mayUseReserve: true, out _).ShouldBeFalse();

        map.Release(changes);
        map.FreeSlots.ShouldBe(Slots);
        map.TryAllocate(Slots, SpaceUse.Data, mayUseReserve: true, out ulong address).ShouldBeTrue();
        address.ShouldBe(SlotAddress.Of(0, First));
    }

    private static byte[] WithFree(int first, int slots)
    {
        byte[] page = new byte[GroupBitmap.Size];
        page.AsSpan().Fill(0xFF);
        var bitmap = new GroupBitmap(page);
        bitmap.GiveBack(first, slots);
        bitmap.Encode(page);
        return page;
    }
}
