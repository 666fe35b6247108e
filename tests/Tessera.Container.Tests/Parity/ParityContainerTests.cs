using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Parity;
using Tessera.Container.Scrubbing;
using Tessera.Container.Tests.Checking;
using Tessera.Container.Veiling;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Parity;

/// <summary>Containers with parity: whatever two slots of each stripe are damaged, nothing is lost (docs/format/parity.md).</summary>
public sealed class ParityContainerTests
{
    private const long Size = 192L << 20;
    private static readonly TestContainer s_single = new(ContainerProfile.Scattered, PlacementKind.Scattered) { Parity = new ParityShape(8, 2) };
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));
    private readonly BlockWorkload workload = new(1);

    public static TheoryData<int, int, long> Shapes => new() { { 8, 2, 0 }, { 8, 1, 0 }, { 16, 4, 0 }, { 8, 2, 4L << 20 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task What_is_written_is_read_after_reopening_and_every_slot_is_accounted_for(int data, int parity, long fileBytes)
    {
        TestContainer container = Of(data, parity, fileBytes);
        container.Format(disk, Size);
        await using (ContainerStore store = container.Open(disk.Open()))
        {
            await workload.RunAsync(store, 2000);
            await workload.AddLargeBlockAsync(store, 7);
            await workload.CheckAsync(store);
        }

        using (SimulatedMedium medium = disk.Open(readOnly: true))
        {
            ContainerChecker.Check(container.Wrap(medium), TestContainer.Key, new CheckOptions { Blocks = BlockWorkload.Owner }).Findings.ShouldBeEmpty();
        }

        await using ContainerStore again = container.Open(disk.Open());
        await workload.CheckAsync(again);
    }

    /// <summary>The slots of a stripe whose numbers are given are overwritten, of every stripe.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 8)]
    [InlineData(3, 9)]
    [InlineData(8, 9)]
    [InlineData(6, 7)]
    public async Task Two_damaged_slots_of_every_stripe_lose_nothing_and_scrub_makes_them_anew(int one, int other)
    {
        s_single.Format(disk, Size);
        await using (ContainerStore store = s_single.Open(disk.Open()))
        {
            await workload.RunAsync(store, 1000);
            await workload.AddLargeBlockAsync(store, 7);
        }

        StripeLayout layout = Damage([one, other]);

        await using (ContainerStore store = s_single.Open(disk.Open()))
        {
            await workload.CheckAsync(store);
            ScrubReport first = ContainerScrub.Run(store, Unbounded);
            first.MendedSlots.ShouldBeGreaterThan(0);
            first.Findings.ShouldAllBe(finding => finding.Healed && finding.Finding.Kind == FindingKind.StripeDamaged);
            ScrubReport second = ContainerScrub.Run(store, Unbounded);
            (second.Findings.Count, second.MendedSlots).ShouldBe((0, 0));
            await workload.CheckAsync(store);
            await workload.RunAsync(store, 300);
        }

        // What was mended is whole: two others may be damaged now.
        int[] others = [.. Enumerable.Range(0, layout.Width).Where(fragment => fragment != one && fragment != other).Take(2)];
        Damage(others);
        await using ContainerStore again = s_single.Open(disk.Open());
        await workload.CheckAsync(again);
    }

    /// <summary>A process that was killed leaves a log; it is read whatever two slots of its stripes are damaged, as long as they are not two copies of one slot in too many places.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 4)]
    [InlineData(2, 5)]
    [InlineData(7, 8)]
    public async Task The_log_is_read_from_the_copies_that_are_whole(int one, int other)
    {
        s_single.Format(disk, Size);
        ContainerStore store = s_single.Open(disk.Open());
        await workload.RunAsync(store, 60);
        await store.MakeDurableAsync(store.LastSequence);
        var killed = new SimulatedDisk(disk.ImageAfterKill(), TestContainer.Disk(1));
        await store.DisposeAsync();
        Damage([one, other], killed);

        await using ContainerStore again = s_single.Open(killed.Open());

        await workload.CheckAsync(again);
    }

    [Fact]
    public async Task Three_damaged_slots_of_a_stripe_are_too_many_and_are_said_to_be()
    {
        s_single.Format(disk, Size);
        await using (ContainerStore store = s_single.Open(disk.Open()))
        {
            await workload.AddLargeBlockAsync(store, 7);
        }

        BlockReference block = workload.Blocks.Single().Reference;
        Damage([0, 1, 2], disk, block);
        await using ContainerStore again = s_single.Open(disk.Open());

        await Should.ThrowAsync<StoreDamageException>(async () => await again.ReadBlockAsync(block, 0, new byte[block.Length]));
    }

    private static TestContainer Of(int data, int parity, long fileBytes) =>
        new(ContainerProfile.Scattered, PlacementKind.Scattered) { Parity = new ParityShape(data, parity), FileBytes = fileBytes };

    private static ScrubOptions Unbounded => new() { Blocks = BlockWorkload.Owner, BytesPerSecond = 0 };

    private StripeLayout Damage(int[] fragments) => Damage(fragments, disk);

    /// <summary>Overwrites these slots of every stripe, or of one block's.</summary>
    private static StripeLayout Damage(int[] fragments, SimulatedDisk disk, BlockReference? only = null)
    {
        using SimulatedMedium medium = disk.Open(readOnly: true);
        StripeLayout layout = ContainerHeader.Read(VeiledMedium.Lift(medium, TestContainer.Key), forWriting: false).Stripes!;
        var map = new StripeMap(layout);
        HashSet<long> reserved = [.. map.Reserved(Size / Geometry.SlotSize)];
        long stripes = layout.LengthOn(Size) / layout.StripeBytes;
        for (long stripe = 0; stripe < stripes; stripe++)
        {
            if (!reserved.Contains(stripe) && (only is null || stripe == SlotAddress.Offset(only.Value.Address) / layout.StripeBytes))
            {
                foreach (int fragment in fragments)
                {
                    disk.FlipBit((map.Place(stripe, fragment) * Geometry.SlotSize) + ((stripe * 7) % Geometry.SlotSize), (int)(stripe % 8));
                }
            }
        }

        return layout;
    }
}
