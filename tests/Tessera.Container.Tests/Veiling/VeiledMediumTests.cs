using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Scrubbing;
using Tessera.Container.Tests.Checking;
using Tessera.Container.Veiling;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>What docs/format/scattered.md says of the veil: it hides, it opens by one key only, and each copy stands in for the other.</summary>
public sealed class VeiledMediumTests
{
    private readonly TestContainer container = new(ContainerProfile.Scattered, PlacementKind.Scattered);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));

    [Fact]
    public void Nothing_of_the_header_and_the_key_slots_is_in_the_clear()
    {
        container.Format(disk);
        using SimulatedMedium medium = disk.Open(readOnly: true);
        byte[] page = new byte[Geometry.SlotSize];
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            for (int slot = 0; slot < Geometry.FixedSlots; slot++)
            {
                medium.Read(FixedPlaces.Ordinary.HeaderOffset(copy) + (slot * (long)Geometry.SlotSize), page);
                Noise.IsPlausible(page).ShouldBeTrue($"slot {slot} of copy {copy}");
            }
        }

        Should.Throw<ContainerFormatException>(() => ContainerHeader.Read(medium, forWriting: false)).Fault.ShouldBe(FormatFault.NotAVolume);
        VeiledMedium.IsPlausible(medium).ShouldBeTrue();
    }

    [Fact]
    public void The_key_lifts_the_veil_and_another_key_does_not()
    {
        container.Format(disk);
        using SimulatedMedium medium = disk.Open(readOnly: true);
        byte[] other = [.. TestContainer.Key];
        other[0] ^= 1;

        IMedium lifted = VeiledMedium.Lift(medium, TestContainer.Key);

        ContainerHeader.Read(lifted, forWriting: false).Profile.ShouldBe(ContainerProfile.Scattered);
        VeiledMedium.Lift(medium, other).ShouldBeSameAs(medium);
        medium.Dispose();
        Should.Throw<ContainerFormatException>(() => ContainerOpener.Open(disk.Open(), other, TestContainer.Deterministic())).Fault.ShouldBe(FormatFault.NotAVolume);
    }

    [Fact]
    public void An_ordinary_container_has_no_veil()
    {
        new TestContainer(ContainerProfile.Sealed, PlacementKind.Local).Format(disk);
        using SimulatedMedium medium = disk.Open(readOnly: true);

        VeiledMedium.Lift(medium, TestContainer.Key).ShouldBeSameAs(medium);
        VeiledMedium.IsPlausible(medium).ShouldBeFalse();
    }

    [Fact]
    public void The_medium_is_noise_to_its_end_and_all_of_it_is_the_volumes()
    {
        SimulatedMedium medium = disk.Open();
        ContainerFormatter.Format(medium, Options(65L << 20), TestContainer.Key);
        byte[] page = new byte[Geometry.SlotSize];
        var seen = new HashSet<UInt128>();
        medium.Length.ShouldBe(65L << 20);
        for (long at = 0; at < medium.Length; at += page.Length)
        {
            medium.Read(at, page);
            Noise.IsPlausible(page).ShouldBeTrue($"offset {at}");
            seen.Add(new UInt128(BitConverter.ToUInt64(page), BitConverter.ToUInt64(page, 8))).ShouldBeTrue($"the beginning of the slot at {at} is another's");
        }

        medium.Dispose();
        ContainerStore store = container.Open(disk.Open());
        store.Root.Groups.ShouldBe(2u);
        store.Abandon();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_damaged_copy_is_found_and_made_anew_from_the_other(int copy)
    {
        container.Format(disk);
        HiddenSlots before = ReadSlots(copy);
        disk.FlipBit(FixedPlaces.Ordinary.HeaderOffset(copy) + 50, 3);
        await using (ContainerStore store = container.Open(disk.Open()))
        {
            ScrubReport report = ContainerScrub.Run(store, new ScrubOptions { Blocks = StoreOracle.Owns, BytesPerSecond = 0 });
            report.Findings.ShouldHaveSingleItem().Finding.Kind.ShouldBe(FindingKind.HeaderCopyDamaged);
            report.IsClean.ShouldBeTrue();
        }

        ReadSlots(copy).Image.SequenceEqual(before.Image).ShouldBeTrue("the hidden slots come back without a passphrase");
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        disk.FlipBit(FixedPlaces.Ordinary.HeaderOffset(1 - copy) + 2000, 3);
        await using ContainerStore again = container.Open(disk.Open());
    }

    /// <summary>Salt, hidden slots, the seal's salt, its tag, its first and last byte: none of them can be changed.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(991)]
    [InlineData(992)]
    [InlineData(1024)]
    [InlineData(1040)]
    [InlineData(36863)]
    public void A_changed_byte_costs_the_copy(int offset)
    {
        container.Format(disk);
        disk.FlipBit(FixedPlaces.Ordinary.HeaderOffset(1), 0);
        disk.FlipBit(offset, 5);
        using SimulatedMedium medium = disk.Open(readOnly: true);

        VeiledMedium.Lift(medium, TestContainer.Key).ShouldBeSameAs(medium);
    }

    [Fact]
    public void A_copy_in_the_place_of_the_other_does_not_open()
    {
        container.Format(disk);
        using SimulatedMedium medium = disk.Open();
        byte[] first = new byte[Geometry.SlotSize + Geometry.KeySlotsLength];
        medium.Read(FixedPlaces.Ordinary.HeaderOffset(0), first);
        medium.Write(FixedPlaces.Ordinary.HeaderOffset(1), first, WriteMode.Durable);
        disk.FlipBit(0, 0);

        VeiledMedium.Lift(medium, TestContainer.Key).ShouldBeSameAs(medium);
    }

    [Fact]
    public void New_keys_go_into_both_copies_with_the_next_key_slots()
    {
        container.Format(disk);
        using SimulatedMedium medium = disk.Open();
        var veil = (VeiledMedium)VeiledMedium.Lift(medium, TestContainer.Key);
        HiddenKeys keys = HiddenKeys.Create();
        veil.NewKeys = keys;
        byte[] keySlots = new byte[Geometry.KeySlotsLength];
        keySlots[17] = 5;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            veil.Write(FixedPlaces.Ordinary.KeySlotsOffset(copy), keySlots, WriteMode.Direct);
        }

        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            byte[] read = new byte[Geometry.KeySlotsLength];
            veil.Read(FixedPlaces.Ordinary.KeySlotsOffset(copy), read);
            read.ShouldBe(keySlots);
            VeiledMedium.ReadSlots(medium, copy).Image.SequenceEqual(keys.Of(copy).Image).ShouldBeTrue();
            HiddenKeys told = veil.ReadKeys(copy).ShouldNotBeNull();
            told.First.Image.SequenceEqual(keys.First.Image).ShouldBeTrue();
            told.Second.Image.SequenceEqual(keys.Second.Image).ShouldBeTrue();
        }

        ContainerHeader.Read(veil, forWriting: false).VolumeId.ShouldBe(container.VolumeId);
    }

    [Fact]
    public void A_hole_is_never_punched()
    {
        container.Format(disk);
        using SimulatedMedium medium = disk.Open();
        IMedium veil = VeiledMedium.Lift(medium, TestContainer.Key);
        byte[] before = new byte[1 << 20];
        veil.Read(1 << 20, before);

        veil.Punch(1 << 20, 1 << 20);

        byte[] after = new byte[1 << 20];
        medium.Read(1 << 20, after);
        after.AsSpan().SequenceEqual(before).ShouldBeTrue();
        disk.Counters.Operations(DiskOperations.Punch).ShouldBe(0);
    }

    [Fact]
    public async Task Both_copies_of_a_node_and_of_a_root_open_and_no_slot_is_like_another()
    {
        using (SimulatedMedium medium = disk.Open())
        {
            ContainerFormatter.Format(medium, Options(64L << 20), TestContainer.Key);
        }

        var workload = new BlockWorkload(1);
        await using (ContainerStore store = container.Open(disk.Open()))
        {
            await workload.RunAsync(store, 2000);
        }

        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty(); // Reads both copies of everything.
        using SimulatedMedium read = disk.Open(readOnly: true);
        byte[] page = new byte[Geometry.SlotSize];
        var tails = new HashSet<UInt128>();
        for (long at = 0; at < read.Length; at += page.Length)
        {
            read.Read(at, page);
            Noise.IsPlausible(page).ShouldBeTrue($"offset {at}");
            tails.Add(new UInt128(BitConverter.ToUInt64(page, 4080), BitConverter.ToUInt64(page, 4088))).ShouldBeTrue($"the end of the slot at {at} is another's");
        }
    }

    private HiddenSlots ReadSlots(int copy)
    {
        using SimulatedMedium medium = disk.Open(readOnly: true);
        return VeiledMedium.ReadSlots(medium, copy);
    }

    private FormatOptions Options(long size) => new()
    {
        Profile = ContainerProfile.Scattered,
        Placement = PlacementKind.Scattered,
        VolumeId = container.VolumeId,
        SizeLimit = size,
        LogBytes = 8L << 20,
        Host = TestContainer.Host,
    };
}
