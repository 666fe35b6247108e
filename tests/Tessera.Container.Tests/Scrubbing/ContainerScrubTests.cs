using System.Diagnostics;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Scrubbing;
using Tessera.Container.Tests.Checking;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Scrubbing;

/// <summary>A scrub of an open container finds every damaged copy, heals it, and leaves what cannot be healed named.</summary>
public sealed class ContainerScrubTests
{
    private readonly TestContainer container = new(ContainerProfile.Sealed, PlacementKind.Local);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));
    private readonly BlockWorkload workload = new(1);

    [Theory]
    [InlineData(PlacementKind.Local)]
    [InlineData(PlacementKind.Scattered)]
    public async Task A_whole_container_has_no_findings_and_all_of_it_was_read(PlacementKind placement)
    {
        var kind = new TestContainer(ContainerProfile.Sealed, placement);
        kind.Format(disk);
        await using ContainerStore store = kind.Open(disk.Open());
        await workload.RunAsync(store, 1000);

        ScrubReport report = ContainerScrub.Run(store, Unbounded);

        report.Findings.ShouldBeEmpty();
        (report.IsComplete, report.IsClean).ShouldBe((true, true));
        report.Blocks.ShouldBe(workload.BlockCount);
        report.Bytes.ShouldBeGreaterThan(workload.Blocks.Sum(block => (long)block.Reference.Length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_damaged_copy_of_a_header_root_or_chain_is_healed(int copy)
    {
        await using ContainerStore store = await PrepareAsync();
        RootRecord root = store.Root;
        disk.FlipBit(FixedPlaces.Ordinary.HeaderOffset(copy) + 50, 3);
        disk.FlipBit(FixedPlaces.Ordinary.RootOffset(copy, root.Generation) + 1000, 0);
        ulong[] chains = [.. new[] { root.Sessions, root.LogMap }.Select(chain => copy == 0 ? chain.AddressA : chain.AddressB)];
        foreach (ulong address in chains)
        {
            Flip(address, 100);
        }

        ScrubReport report = ContainerScrub.Run(store, Unbounded);

        report.Findings.Select(finding => finding.Finding.Kind).ShouldBe(
            [FindingKind.HeaderCopyDamaged, FindingKind.RootCopyDamaged, FindingKind.ChainCopyDamaged, FindingKind.ChainCopyDamaged], ignoreOrder: true);
        report.Findings.ShouldAllBe(finding => finding.Healed);
        await store.DisposeAsync();
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        await ReopenAndCompareAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Every_damaged_copy_of_a_node_is_healed(int copy)
    {
        await using ContainerStore store = await PrepareAsync();
        List<ulong> nodes = NodesOf(store, copy);
        nodes.Count.ShouldBeGreaterThan(2);
        nodes.ForEach(address => Flip(address, 40));

        ScrubReport report = ContainerScrub.Run(store, Unbounded);

        // The checkpoint that pins a root has written the way to the free space map anew already.
        List<ulong> found = [.. report.Findings.Select(finding => finding.Finding.Address!.Value)];
        found.Except(nodes).ShouldBeEmpty();
        found.Count.ShouldBeGreaterThanOrEqualTo(nodes.Count - 3);
        report.Findings.ShouldAllBe(finding => finding.Healed && finding.Finding.Kind == FindingKind.NodeCopyDamaged);
        await store.DisposeAsync();
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        await ReopenAndCompareAsync();
    }

    [Fact]
    public async Task A_node_without_copies_is_healed_from_memory_while_it_is_there()
    {
        await using ContainerStore store = await PrepareAsync();
        await workload.CheckAsync(store); // Every node is in memory now.
        NodesOf(store, 0).ForEach(address => Flip(address, 40));
        NodesOf(store, 1).ForEach(address => Flip(address, 40));

        ScrubReport report = ContainerScrub.Run(store, Unbounded);

        report.Findings.ShouldNotBeEmpty();
        report.Findings.ShouldAllBe(finding => finding.Healed && finding.Finding.Kind == FindingKind.NodeLost);
        await store.DisposeAsync();
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        await ReopenAndCompareAsync();
    }

    [Fact]
    public async Task A_node_without_copies_is_named_and_the_volume_goes_on_working()
    {
        await using (ContainerStore store = await PrepareAsync())
        {
            Flip(NodesOf(store, 0)[^1], 40);
            Flip(NodesOf(store, 1)[^1], 40);
        }

        await using ContainerStore reopened = container.Open(disk.Open());
        ScrubReport report = ContainerScrub.Run(reopened, Unbounded);

        ScrubFinding lost = report.Findings.ShouldHaveSingleItem();
        (lost.Healed, lost.Finding.Kind).ShouldBe((false, FindingKind.NodeLost));
        report.IsClean.ShouldBeFalse();
        reopened.Checkpoint();
        reopened.Fault.ShouldBeNull();
    }

    [Fact]
    public async Task A_damaged_block_is_named_and_nothing_is_made_up_for_it()
    {
        await using ContainerStore store = await PrepareAsync();
        (string key, BlockReference block) = workload.Blocks.First(each => each.Reference.Length > Geometry.UnitSize * 3);
        Flip(block.Address, 9);

        ScrubReport report = ContainerScrub.Run(store, Unbounded);

        ScrubFinding found = report.Findings.ShouldHaveSingleItem();
        (found.Healed, found.Finding.Kind, found.Finding.Key).ShouldBe((false, FindingKind.BlockDamaged, key));
    }

    [Fact]
    public async Task A_container_that_changes_meanwhile_is_read_to_its_end_without_false_alarms()
    {
        await using ContainerStore store = await PrepareAsync();
        int steps = 0;
        var options = new ScrubOptions
        {
            // Every block read lets the workload go on, and every segment is short: slots are reused all the time.
            Blocks = (key, value, out block) =>
            {
                workload.RunAsync(store, 20).GetAwaiter().GetResult();
                steps++;
                if (steps % 10 == 0)
                {
                    store.Checkpoint();
                }

                return BlockWorkload.Owner(key, value, out block);
            },
            BytesPerSecond = 0,
            SegmentBytes = 256 << 10,
        };

        ScrubReport report = ContainerScrub.Run(store, options);

        report.Findings.ShouldBeEmpty();
        (report.IsComplete, steps > 100).ShouldBe((true, true));
        await workload.CheckAsync(store);
    }

    [Fact]
    public async Task It_reads_no_faster_than_asked_and_tells_how_far_it_is_when_it_is_ended()
    {
        await using ContainerStore store = await PrepareAsync();
        long bytes = ContainerScrub.Run(store, Unbounded).Bytes;
        long started = Stopwatch.GetTimestamp();
        ContainerScrub.Run(store, Unbounded with { BytesPerSecond = bytes }).IsComplete.ShouldBeTrue();
        Stopwatch.GetElapsedTime(started).TotalSeconds.ShouldBeGreaterThan(0.85);

        using var ended = new CancellationTokenSource();
        ScrubReport report = ContainerScrub.Run(store, Unbounded with
        {
            Blocks = (key, value, out block) =>
            {
                ended.Cancel();
                return BlockWorkload.Owner(key, value, out block);
            },
            Cancellation = ended.Token,
        });
        report.IsComplete.ShouldBeFalse();
        report.Bytes.ShouldBeInRange(1, bytes - 1);
    }

    [Fact]
    public async Task A_read_only_container_is_scrubbed_with_what_its_log_holds_and_not_written()
    {
        ContainerStore store = await PrepareAsync();
        await workload.RunAsync(store, 50);
        disk.Kill();
        store.Abandon();
        BlockReference newest = workload.Blocks.OrderByDescending(block => block.Reference.Counter).First().Reference;
        Flip(newest.Address, 9);
        long writes = disk.Counters.Operations(DiskOperations.Change);

        await using ContainerStore reader = container.Open(disk.Open(readOnly: true), new ContainerOptions { ReadOnly = true });
        ScrubReport report = ContainerScrub.Run(reader, Unbounded);

        report.Findings.ShouldHaveSingleItem().Finding.Address.ShouldBe(newest.Address);
        disk.Counters.Operations(DiskOperations.Change).ShouldBe(writes);
    }

    private static ScrubOptions Unbounded => new() { Blocks = BlockWorkload.Owner, BytesPerSecond = 0 };

    private async Task<ContainerStore> PrepareAsync()
    {
        container.Format(disk);
        ContainerStore store = container.Open(disk.Open(), TestContainer.Deterministic());
        await workload.RunAsync(store, 2500);
        store.Checkpoint();
        store.Checkpoint();
        return store;
    }

    private async Task ReopenAndCompareAsync()
    {
        await using ContainerStore store = container.Open(disk.Open());
        await workload.CheckAsync(store);
    }

    /// <summary>Addresses of one copy of every node of the tree.</summary>
    private static List<ulong> NodesOf(ContainerStore store, int copy)
    {
        List<ulong> addresses = [];
        Add(store.Root.Tree);
        return addresses;

        void Add(byte[] encoded)
        {
            addresses.Add(new NodeReference(encoded).Placement(copy, 0));
            Container.Tree.Node node = store.Parts.Nodes.Read(new NodeReference(encoded));
            for (int i = 0; i < node.Count && !node.IsLeaf; i++)
            {
                Add(node.Child(i).ToArray());
            }
        }
    }

    private void Flip(ulong address, int offset) => disk.FlipBit(SlotAddress.Offset(address) + offset, 5);
}
