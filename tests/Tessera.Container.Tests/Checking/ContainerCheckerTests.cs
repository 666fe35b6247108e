using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Checking;

public sealed class ContainerCheckerTests
{
    public static TheoryData<ContainerProfile, PlacementKind> Kinds => new()
    {
        { ContainerProfile.Sealed, PlacementKind.Local },
        { ContainerProfile.Plain, PlacementKind.Local },
        { ContainerProfile.Sealed, PlacementKind.Scattered },
        { ContainerProfile.Scattered, PlacementKind.Scattered },
        { ContainerProfile.Plain, PlacementKind.Scattered },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void New_container_is_clean(ContainerProfile profile, PlacementKind placement)
    {
        var container = new TestContainer(profile, placement);
        var disk = new SimulatedDisk(TestContainer.Disk(1));
        container.Format(disk);
        ShouldBeClean(CheckedDisk.Check(container, disk));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Container_is_clean_while_open_and_when_closed(ContainerProfile profile, PlacementKind placement)
    {
        var container = new TestContainer(profile, placement);
        var disk = new SimulatedDisk(TestContainer.Disk(2));
        container.Format(disk);
        var workload = new BlockWorkload(2);
        for (int open = 0; open < 3; open++)
        {
            await using (ContainerStore store = container.Open(disk.Open()))
            {
                ShouldBeClean(CheckedDisk.CheckAfterKill(container, disk));
                for (int round = 0; round < 4; round++)
                {
                    await workload.RunAsync(store, 300);
                    ShouldBeClean(CheckedDisk.CheckAfterKill(container, disk));
                    store.Checkpoint();
                    ShouldBeClean(CheckedDisk.CheckAfterKill(container, disk));
                }
            }

            CheckReport report = CheckedDisk.Check(container, disk);
            ShouldBeClean(report);
            report.Blocks.ShouldBe(workload.BlockCount);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Container_is_clean_wherever_its_process_ends(ContainerProfile profile, PlacementKind placement)
    {
        var container = new TestContainer(profile, placement);
        var formatted = new SimulatedDisk(TestContainer.Disk(3));
        container.Format(formatted);
        DiskImage image = formatted.ImageAfterKill();
        var workload = new BlockWorkload(3);
        for (int round = 0; round < 3; round++)
        {
            DiskImage next = image;
            DiskTrace trace = SimulatedDisk.Record(image, TestContainer.Disk(3), medium =>
            {
                ContainerStore store = container.Open(medium, TestContainer.Deterministic((ulong)round));
                workload.RunAsync(store, 150).GetAwaiter().GetResult();
                store.Checkpoint();
                workload.RunAsync(store, 150).GetAwaiter().GetResult();
                store.Checkpoint();
                store.Checkpoint();
                next = medium.Disk.ImageAfterKill();
                store.Abandon();
            });
            for (int at = 0; at < trace.Count; at += 1 + (trace.Count / 60))
            {
                var disk = new SimulatedDisk(trace.ImageAfterCut(new PowerCut(at, 1, CutMode.Everything)), TestContainer.Disk(3));
                CheckReport report = CheckedDisk.Check(container, disk);
                report.Findings.ShouldBeEmpty($"round {round}, killed at operation {at} of {trace.Count}");
            }

            image = next;
        }
    }

    /// <summary>After a power cut too: only the copy of a root that was just being written may be torn.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Container_is_consistent_after_a_power_cut(ContainerProfile profile, PlacementKind placement)
    {
        var container = new TestContainer(profile, placement);
        var formatted = new SimulatedDisk(TestContainer.Disk(7));
        container.Format(formatted);
        DiskTrace trace = SimulatedDisk.Record(formatted.ImageAfterKill(), TestContainer.Disk(7), medium =>
        {
            ContainerStore store = container.Open(medium);
            var workload = new BlockWorkload(7);
            for (int round = 0; round < 4; round++)
            {
                workload.RunAsync(store, 200).GetAwaiter().GetResult();
                store.Checkpoint();
            }

            store.Abandon();
        });
        foreach (PowerCut cut in trace.PickCuts(60, 7))
        {
            var disk = new SimulatedDisk(trace.ImageAfterCut(cut), TestContainer.Disk(7));
            CheckReport report = CheckedDisk.Check(container, disk);
            report.Findings.ShouldAllBe(finding => finding.Kind == FindingKind.RootCopyDamaged, $"{cut}");
        }
    }

    [Fact]
    public async Task Grown_container_is_clean()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(4));
        container.Format(disk);
        await using (ContainerStore store = container.Open(disk.Open()))
        {
            var batch = new Core.Stores.StoreBatch();
            byte[] encoded = new byte[Core.Stores.BlockReference.Size];
            for (int i = 0; i < 100; i++)
            {
                Core.Stores.BlockReference block = (await store.WriteBlockAsync(new byte[1 << 20]))!.Value;
                block.Encode(encoded);
                batch.Reset();
                batch.ClaimBlock(block);
                batch.Put([(byte)'b', (byte)i], encoded);
                await store.CommitAsync(batch);
            }

            ShouldBeClean(CheckedDisk.CheckAfterKill(container, disk));
        }

        CheckReport report = CheckedDisk.Check(container, disk);
        ShouldBeClean(report);
        report.Blocks.ShouldBe(100);
    }

    [Fact]
    public async Task Progress_ends_at_its_total_and_a_check_can_be_cancelled()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(5));
        container.Format(disk);
        await using (ContainerStore store = container.Open(disk.Open()))
        {
            await new BlockWorkload(5).RunAsync(store, 200);
        }

        var told = new List<CheckProgress>();
        CheckedDisk.Check(container, disk, new CheckOptions { Blocks = BlockWorkload.Owner, Progress = told.Add });
        told.Last().DoneSlots.ShouldBe(told.Last().TotalSlots);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        Should.Throw<OperationCanceledException>(() => CheckedDisk.Check(container, disk, new CheckOptions { Cancellation = cancelled.Token }));
    }

    [Fact]
    public void Wrong_key_opens_nothing()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(6));
        container.Format(disk);
        using SimulatedMedium medium = disk.Open(readOnly: true);
        Should.Throw<ContainerFormatException>(() => ContainerChecker.Check(medium, new byte[32], new CheckOptions()));
    }

    private static void ShouldBeClean(CheckReport report) => report.Findings.ShouldBeEmpty();
}
