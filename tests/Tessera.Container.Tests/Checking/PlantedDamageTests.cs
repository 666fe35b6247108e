using System.Buffers.Binary;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Checking;

/// <summary>Each kind of damage, planted alone, is found and named, and nothing else is reported.</summary>
public sealed class PlantedDamageTests
{
    private readonly TestContainer container = new(ContainerProfile.Sealed, PlacementKind.Local);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));
    private readonly BlockWorkload workload = new(1);
    private RootRecord root = null!;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Header_copy_is_named(int copy)
    {
        await PrepareAsync();
        disk.FlipBit(FixedPlaces.Ordinary.HeaderOffset(copy) + 50, 3);
        ShouldFind(FindingKind.HeaderCopyDamaged, FindingSeverity.Repairable).Address.ShouldBe(AddressOf(FixedPlaces.Ordinary.HeaderOffset(copy)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    public async Task Root_copy_is_named(int copy, int generationsBack)
    {
        await PrepareAsync();
        long offset = FixedPlaces.Ordinary.RootOffset(copy, root.Generation - (ulong)generationsBack);
        disk.FlipBit(offset + 1000, 0);
        ShouldFind(FindingKind.RootCopyDamaged, FindingSeverity.Repairable).Address.ShouldBe(AddressOf(offset));
    }

    [Fact]
    public async Task Older_root_without_copies_is_named()
    {
        await PrepareAsync();
        disk.FlipBit(FixedPlaces.Ordinary.RootOffset(0, root.Generation - 1) + 1000, 0);
        disk.FlipBit(FixedPlaces.Ordinary.RootOffset(1, root.Generation - 1) + 1000, 0);
        ShouldFind(FindingKind.OlderRootDamaged, FindingSeverity.Repairable);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Chain_copies_are_named(int copy)
    {
        await PrepareAsync();
        ulong[] addresses = [.. new[] { root.Sessions, root.LogMap, root.SpaceChanges }.Select(chain => copy == 0 ? chain.AddressA : chain.AddressB)];
        foreach (ulong address in addresses)
        {
            Flip(address, 100);
        }

        CheckReport report = CheckedDisk.Check(container, disk);
        report.Findings.Select(finding => finding.Kind).ShouldAllBe(kind => kind == FindingKind.ChainCopyDamaged);
        report.Findings.Select(finding => finding.Address!.Value).ShouldBe(addresses, ignoreOrder: true);
        report.IsDataLost.ShouldBeFalse();
    }

    [Fact]
    public async Task Root_whose_chain_is_lost_is_named_and_the_older_one_checked()
    {
        await PrepareAsync();
        Flip(root.SpaceChanges.AddressA, 100);
        Flip(root.SpaceChanges.AddressB, 100);
        CheckReport report = CheckedDisk.Check(container, disk);
        report.Findings.ShouldContain(finding => finding.Kind == FindingKind.RootUnusable && finding.Severity == FindingSeverity.DataLost);
        report.Generation.ShouldBe(root.Generation - 1);
        report.Findings.ShouldAllBe(finding => finding.Kind == FindingKind.RootUnusable || finding.Kind == FindingKind.ChainCopyDamaged);
    }

    [Fact]
    public async Task Slots_behind_a_damaged_chain_slot_are_not_called_leaked()
    {
        await PrepareAsync();
        while (root.Sessions.Length <= ChainStore.SlotPayload)
        {
            ContainerStore store = container.Open(disk.Open());
            await store.DisposeAsync();
            root = store.Root;
        }

        Flip(root.Sessions.AddressB, 100);
        ShouldFind(FindingKind.ChainCopyDamaged, FindingSeverity.Repairable).Address.ShouldBe(root.Sessions.AddressB);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Node_copy_is_named(int copy)
    {
        await PrepareAsync();
        ulong address = new NodeReference(root.Tree).Placement(copy, 0);
        Flip(address, 40);
        ShouldFind(FindingKind.NodeCopyDamaged, FindingSeverity.Repairable).Address.ShouldBe(address);
    }

    [Fact]
    public async Task Node_without_copies_is_lost()
    {
        await PrepareAsync();
        Flip(new NodeReference(root.Tree).Placement(0, 0), 40);
        Flip(new NodeReference(root.Tree).Placement(1, 0), 40);
        CheckReport report = CheckedDisk.Check(container, disk);
        report.Findings.ShouldContain(finding => finding.Kind == FindingKind.NodeLost);
        report.Findings.ShouldNotContain(finding => finding.Kind == FindingKind.SlotLeaked);
        report.IsDataLost.ShouldBeTrue();
    }

    [Fact]
    public async Task Block_units_are_named()
    {
        await PrepareAsync();
        (string key, BlockReference block) = workload.Blocks.First(each => each.Reference.Length > Geometry.UnitSize * 3);
        Flip(block.Address, (2 * (Geometry.UnitSize + Geometry.TagSize)) + 9);
        Finding found = ShouldFind(FindingKind.BlockDamaged, FindingSeverity.DataLost);
        found.Address.ShouldBe(block.Address);
        found.Key.ShouldBe(key);
        found.What.ShouldContain("unit 2");
    }

    [Fact]
    public async Task Leaked_block_is_named()
    {
        BlockReference leaked = default;
        await PrepareAsync(async store =>
        {
            leaked = (await store.WriteBlockAsync(new byte[9000]))!.Value;
            await CommitAsync(store, batch => batch.ClaimBlock(leaked));
        });
        ShouldFind(FindingKind.SlotLeaked, FindingSeverity.Inconsistent).Address.ShouldBe(leaked.Address);
    }

    [Fact]
    public async Task Leaked_block_in_the_log_is_named()
    {
        await PrepareAsync();
        BlockReference leaked;
        ContainerStore store = container.Open(disk.Open());
        leaked = (await store.WriteBlockAsync(new byte[9000]))!.Value;
        await CommitAsync(store, batch => batch.ClaimBlock(leaked));
        disk.Kill();
        store.Abandon();
        ShouldFind(FindingKind.SlotLeaked, FindingSeverity.Inconsistent).Address.ShouldBe(leaked.Address);
    }

    [Fact]
    public async Task Block_with_two_owners_is_named()
    {
        BlockReference shared = default;
        await PrepareAsync(async store =>
        {
            shared = (await store.WriteBlockAsync(new byte[9000]))!.Value;
            await CommitAsync(store, batch =>
            {
                batch.ClaimBlock(shared);
                batch.Put("bX"u8, Encoded(shared));
                batch.Put("bY"u8, Encoded(shared));
            });
        });
        Finding found = ShouldFind(FindingKind.SlotUsedTwice, FindingSeverity.DataLost);
        found.Address.ShouldBe(shared.Address);
        found.Key.ShouldBe("6259");
    }

    [Fact]
    public async Task Released_block_that_is_still_owned_is_named()
    {
        BlockReference released = default;
        await PrepareAsync(async store =>
        {
            released = workload.Blocks.First().Reference;
            await CommitAsync(store, batch => batch.ReleaseBlock(released));
        });
        ShouldFind(FindingKind.SlotNotMarked, FindingSeverity.Inconsistent).Address.ShouldBe(released.Address);
    }

    [Fact]
    public async Task Wrong_bit_of_a_bitmap_is_named()
    {
        const uint Group = 2;
        await PrepareAsync(async store =>
        {
            for (byte i = 0; i < 150; i++)
            {
                BlockReference block = (await store.WriteBlockAsync(new byte[1 << 20]))!.Value;
                byte[] key = [(byte)'b', 0xFF, i];
                await CommitAsync(store, batch =>
                {
                    batch.ClaimBlock(block);
                    batch.Put(key, Encoded(block));
                });
            }

            store.Checkpoint();
            store.Checkpoint();
            byte[] bitmapKey = [0, 1, 0, 0, 0, (byte)Group];
            byte[] page = new byte[2048];
            (await store.GetAsync(bitmapKey, page)).Found.ShouldBeTrue();
            page[2047].ShouldBe((byte)0);
            page[2047] = 0x40;
            await CommitAsync(store, batch => batch.Put(bitmapKey, page));
        });
        CheckReport report = CheckedDisk.Check(container, disk);
        report.Findings.Select(finding => finding.Kind)
            .ShouldBe([FindingKind.SpaceMapWrong, FindingKind.RootCountWrong, FindingKind.SlotLeaked], ignoreOrder: true);
        report.Findings.Single(finding => finding.Kind == FindingKind.SlotLeaked).Address.ShouldBe(SlotAddress.Of(Group, (2047 * 8) + 6));
    }

    [Fact]
    public async Task Hole_in_the_log_is_named()
    {
        await PrepareAsync();
        ContainerStore store = container.Open(disk.Open());
        LogStart log = store.Root.Log;
        ChainReference mapChain = store.Root.LogMap;
        for (byte i = 0; i < 5; i++)
        {
            await CommitAsync(store, batch => batch.Put([(byte)'k', i], [i]));
            await store.MakeDurableAsync(store.LastSequence);
        }

        disk.Kill();
        store.Abandon();
        Flip(LogSlot(mapChain, log), 20);
        ShouldFind(FindingKind.LogDamaged, FindingSeverity.DataLost);
    }

    [Fact]
    public async Task Findings_beyond_the_limit_are_counted()
    {
        await PrepareAsync();
        foreach ((_, BlockReference block) in workload.Blocks)
        {
            Flip(block.Address, 0);
        }

        CheckReport report = CheckedDisk.Check(container, disk, new CheckOptions { Blocks = BlockWorkload.Owner, MaxFindings = 3 });
        report.Findings.Count.ShouldBe(3);
        report.MoreFindings.ShouldBe(workload.BlockCount - 3);
        report.IsClean.ShouldBeFalse();
    }

    private static async Task CommitAsync(ContainerStore store, Action<StoreBatch> fill)
    {
        var batch = new StoreBatch();
        fill(batch);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed, store.Fault?.ToString());
    }

    private static byte[] Encoded(BlockReference block)
    {
        byte[] encoded = new byte[BlockReference.Size];
        block.Encode(encoded);
        return encoded;
    }

    private static ulong AddressOf(long offset) => SlotAddress.Of(0, (int)(offset / Geometry.SlotSize));

    private async Task PrepareAsync(Func<ContainerStore, Task>? plant = null)
    {
        container.Format(disk);
        ContainerStore store = container.Open(disk.Open());
        await workload.RunAsync(store, 1500);
        if (plant is not null)
        {
            await plant(store);
        }

        await store.DisposeAsync();
        root = store.Root;
    }

    private void Flip(ulong address, int offset) => disk.FlipBit(SlotAddress.Offset(address) + offset, 5);

    private Finding ShouldFind(FindingKind kind, FindingSeverity severity)
    {
        CheckReport report = CheckedDisk.Check(container, disk);
        Finding found = report.Findings.ShouldHaveSingleItem();
        found.Kind.ShouldBe(kind);
        found.Severity.ShouldBe(severity);
        report.IsDataLost.ShouldBe(severity == FindingSeverity.DataLost);
        return found;
    }

    /// <summary>The slot the log of a root starts in.</summary>
    private ulong LogSlot(ChainReference mapChain, LogStart log)
    {
        using SimulatedMedium medium = disk.Open(readOnly: true);
        ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
        using var keys = new SealingKeys(SealAlgorithm.Aes256Gcm, TestContainer.Key, header.VolumeId);
        byte[] map = new ChainStore(medium, keys).Read(mapChain, "tessera log map", 4);
        long slot = log.Position / Geometry.SlotSize;
        int extent = (int)(slot / log.ExtentSlots % log.ExtentCount);
        return BinaryPrimitives.ReadUInt64LittleEndian(map.AsSpan(extent * sizeof(ulong))) + (ulong)(slot % log.ExtentSlots);
    }
}
