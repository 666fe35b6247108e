using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Growing;
using Tessera.Container.Media;
using Tessera.Container.Tests.Backup;
using Tessera.Container.Tests.Checking;
using Tessera.Container.Tests.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests;

/// <summary>Containers of less than a group (docs/format/container.md, Small containers).</summary>
public sealed class SmallContainerTests
{
    private const long Smallest = 8L << 20;
    private const byte Filler = 0xEE;
    private const int IncompatibleFeatures = 32;
    private const int DigestAt = Geometry.SlotSize - 32;
    private static readonly TestContainer s_small = new(ContainerProfile.Sealed, PlacementKind.Local) { IsSmall = true };
    private static readonly TestContainer s_smallPlain = new(ContainerProfile.Plain, PlacementKind.Local) { IsSmall = true };

    [Theory]
    [InlineData(Smallest, true)]
    [InlineData(Geometry.GroupSize - 1, true)]
    [InlineData(Geometry.GroupSize, false)]
    [InlineData(0, false)]
    public void Only_what_is_below_a_group_is_small_and_says_so(long limit, bool isSmall)
    {
        TestContainer container = s_small with { IsSmall = isSmall };
        var disk = new SimulatedDisk(TestContainer.Disk(1));

        container.Format(disk, limit);

        Page(disk, 0)[IncompatibleFeatures].ShouldBe(isSmall ? (byte)1 : (byte)0);
        using IMedium medium = disk.Open();
        ContainerHeader.Read(medium, forWriting: true).Places.IsSmall.ShouldBe(isSmall);
        medium.Length.ShouldBe(isSmall ? limit / Geometry.SlotSize * Geometry.SlotSize : Geometry.GroupSize);
        container.Check(medium).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void Less_than_the_smallest_is_refused() =>
        Should.Throw<ArgumentException>(() => s_small.Format(new SimulatedDisk(TestContainer.Disk(1)), Smallest - 1));

    [Fact]
    public void Scattered_containers_and_folders_are_never_small()
    {
        Should.Throw<ArgumentException>(() => new TestContainer(ContainerProfile.Scattered, PlacementKind.Scattered).Format(new SimulatedDisk(TestContainer.Disk(1)), Smallest));
        Should.Throw<ArgumentException>(() => (s_small with { FileBytes = 1L << 20 }).Format(new SimulatedDisk(TestContainer.Disk(1)), Smallest));
    }

    /// <summary>Both copies of everything that has two places, one after the other.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Either_copy_of_header_and_roots_is_enough_and_the_other_is_healed(int copy)
    {
        (SimulatedDisk disk, BlockReference block) = await MakeAsync(s_small);
        for (int slot = 0; slot < Geometry.FixedSlots; slot++)
        {
            disk.FlipBit(s_small.Places.HeaderOffset(copy) + (slot * (long)Geometry.SlotSize) + 100, 3);
        }

        CheckedDisk.Check(s_small, disk).Findings.ShouldContain(finding => finding.Kind == FindingKind.HeaderCopyDamaged);
        ContainerStore store = s_small.Open(disk.Open());
        await ShouldHoldAsync(store, block);
        store.HealFixed();
        await store.DisposeAsync();
        CheckedDisk.Check(s_small, disk).Findings.ShouldBeEmpty();
    }

    /// <summary>Whoever may write into a file of a plain volume puts a header where a small container would have one, or an ordinary one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_looks_like_a_header_in_a_block_does_not_count_when_copy_A_is_damaged(bool isSmall)
    {
        var container = new TestContainer(ContainerProfile.Plain, PlacementKind.Local) { IsSmall = isSmall };
        (SimulatedDisk disk, BlockReference block) = await MakeAsync(container, isSmall ? Smallest : Geometry.GroupSize * 2);
        if (isSmall)
        {
            ContainerStore store = container.Open(disk.Open());
            ContainerGrowth.Run(store, new GrowthOptions { Size = Geometry.GroupSize * 2 });
            await FillAsync(store);
            await store.DisposeAsync();
            Page(disk, FixedPlaces.Ordinary.HeaderOffset(1)).Any(each => each != 0).ShouldBeFalse("it is full, and nothing is there");
        }
        else
        {
            using IMedium forger = disk.Open();
            forger.Write(FixedPlaces.Small.HeaderOffset(1), Forged(disk), WriteMode.Durable); // As a block that happens to lie there.
        }

        disk.FlipBit(50, 3);
        using (IMedium medium = disk.Open(readOnly: true))
        {
            ContainerHeader.Read(medium, forWriting: false).Places.ShouldBe(container.Places);
        }

        ContainerStore again = container.Open(disk.Open());
        await ShouldHoldAsync(again, block);
        await again.DisposeAsync();
    }

    /// <summary>A device that held an ordinary container has the second copy of its header still.</summary>
    [Fact]
    public async Task Remains_of_an_ordinary_container_on_a_device_do_not_count()
    {
        var disk = new SimulatedDisk(TestContainer.Disk(1) with { LengthBytes = 2 * Geometry.GroupSize });
        new TestContainer(ContainerProfile.Sealed, PlacementKind.Local) { VolumeId = Guid.NewGuid() }.Format(disk, 2 * Geometry.GroupSize);
        s_small.Format(disk, Smallest);
        ContainerStore store = s_small.Open(disk.Open());
        BlockReference block = await ClaimAsync(store);
        await store.DisposeAsync();

        disk.FlipBit(50, 3);

        store = s_small.Open(disk.Open());
        await ShouldHoldAsync(store, block);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Grown_beyond_a_group_it_uses_all_but_the_slots_of_an_ordinary_copy_B()
    {
        (SimulatedDisk disk, BlockReference block) = await MakeAsync(s_smallPlain);
        ContainerStore store = s_smallPlain.Open(disk.Open());
        foreach (long size in (ReadOnlySpan<long>)[Geometry.GroupSize - (3 * Geometry.SlotSize), Geometry.GroupSize, 2 * Geometry.GroupSize])
        {
            ContainerGrowth.Run(store, new GrowthOptions { Size = size });
            long inReserved = Math.Max(0, (size > Geometry.GroupSize ? Geometry.GroupSize : size) - FixedPlaces.Ordinary.HeaderOffset(1));
            StoreStatistics seen = store.GetStatistics();
            seen.CapacityBytes.ShouldBe((ulong)(size - inReserved));
        }

        await FillAsync(store);
        await store.DisposeAsync();
        CheckedDisk.Check(s_smallPlain, disk).Findings.ShouldBeEmpty();
        for (int slot = 0; slot < Geometry.FixedSlots; slot++)
        {
            byte[] page = Page(disk, FixedPlaces.Ordinary.HeaderOffset(1) + (slot * (long)Geometry.SlotSize));
            page.Any(each => each != Filler).ShouldBeTrue("no block lies there"); // Of profile plain content lies open.
        }

        store = s_smallPlain.Open(disk.Open());
        await ShouldHoldAsync(store, block);
        store.GetStatistics().CapacityBytes.ShouldBe((ulong)((2 * Geometry.GroupSize) - (Geometry.FixedSlots * Geometry.SlotSize)));
        await store.DisposeAsync();
    }

    /// <summary>Also one that was grown, where a program that knows of no small ones would put copy B elsewhere.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100L << 20)]
    public async Task Backups_restore_a_small_container_and_say_that_it_is_one(long grown)
    {
        using TemporaryDirectory directory = TemporaryDirectory.Create();
        var disk = new SimulatedDisk(TestContainer.Disk(3));
        s_small.Format(disk, 40L << 20);
        var volume = new ModelVolume(s_small, 3);
        volume.Open(disk.Open());
        await volume.WorkAsync(60);
        if (grown != 0)
        {
            ContainerGrowth.Run(volume.Store, new GrowthOptions { Size = grown });
        }

        BackupResult full = await VolumeBackup.RunAsync(volume.Store, directory.Path, ModelVolume.Options);
        await volume.WorkAsync(60);
        BackupResult increment = await VolumeBackup.RunAsync(volume.Store, directory.Path, ModelVolume.Options);
        Dictionary<int, byte[]> content = volume.Snapshot();
        volume.DiscardUnclaimed();
        await volume.Store.DisposeAsync();

        increment.Header.Places.IsSmall.ShouldBeTrue();
        File.ReadAllBytes(Path.Combine(directory.Path, full.Header.FileName))[8].ShouldBe((byte)2);
        var restored = new SimulatedDisk(TestContainer.Disk(4));
        using (SimulatedMedium target = restored.Open())
        {
            VolumeRestore.ToMedium(directory.Path, target, s_small.VolumeKey, ModelVolume.Restore);
        }

        CheckedDisk.Check(s_small, restored, new CheckOptions { Blocks = ModelVolume.Restore.Blocks }).Findings.ShouldBeEmpty();
        restored.FlipBit(50, 3); // Copy B is where it belongs.
        await using ContainerStore again = s_small.Open(restored.Open());
        await ModelVolume.CheckAsync(again, content);
    }

    private static byte[] Page(SimulatedDisk disk, long offset)
    {
        byte[] page = new byte[Geometry.SlotSize];
        disk.ImageAfterKill().Read(offset, page);
        return page;
    }

    private static byte[] Forged(SimulatedDisk disk)
    {
        byte[] page = Page(disk, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(IncompatibleFeatures), 1);
        SHA256.HashData(page.AsSpan(0, DigestAt), page.AsSpan(DigestAt));
        return page;
    }

    private static async Task<(SimulatedDisk Disk, BlockReference Block)> MakeAsync(TestContainer container, long limit = Smallest)
    {
        var disk = new SimulatedDisk(TestContainer.Disk(1));
        container.Format(disk, limit);
        ContainerStore store = container.Open(disk.Open());
        BlockReference block = await ClaimAsync(store);
        await store.DisposeAsync();
        return (disk, block);
    }

    private static byte[] Content => [.. Enumerable.Range(0, 9000).Select(i => (byte)(i * 7))];

    private static async Task<BlockReference> ClaimAsync(ContainerStore store)
    {
        BlockReference block = (await store.WriteBlockAsync(Content)).ShouldNotBeNull();
        var batch = new StoreBatch();
        batch.ClaimBlock(block);
        byte[] value = new byte[BlockReference.Size];
        block.Encode(value);
        batch.Put("b1"u8, value);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        return block;
    }

    private static async Task ShouldHoldAsync(ContainerStore store, BlockReference block)
    {
        byte[] read = new byte[Content.Length];
        await store.ReadBlockAsync(block, 0, read);
        read.ShouldBe(Content);
    }

    /// <summary>Blocks of ever fewer slots until none fits, of nobody: what is free is overwritten.</summary>
    private static async Task FillAsync(ContainerStore store)
    {
        byte[] content = new byte[64 << 10];
        content.AsSpan().Fill(Filler);
        for (int length = content.Length; length >= 4096; length /= 2)
        {
            while (await store.WriteBlockAsync(content.AsMemory(0, length)) is not null)
            {
                // As long as one fits.
            }
        }
    }
}
