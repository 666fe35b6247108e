using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Repairing;
using Tessera.Container.Tests.Checking;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Repairing;

/// <summary>A damaged container opens again with everything that can be read, in order to the slot, and says which keys are gone.</summary>
public sealed class ContainerRepairTests
{
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1) with { Traced = true });
    private readonly BlockWorkload workload = new(1);
    private RootRecord root = null!;
    private List<(ulong First, ulong Second)> nodes = [];

    public static TheoryData<PlacementKind, int> Seeds => new MatrixTheoryData<PlacementKind, int>([PlacementKind.Local, PlacementKind.Scattered], [1, 2, 3]);

    [Theory]
    [InlineData(PlacementKind.Local)]
    [InlineData(PlacementKind.Scattered)]
    public async Task A_whole_container_comes_out_whole(PlacementKind placement)
    {
        TestContainer container = await PrepareAsync(placement, isClosed: true);

        SalvageReport report = await RepairAsync(container);

        (report.Findings.Count, report.Lost.Count, report.LostCommits).ShouldBe((0, 0, 0UL));
        await ShouldBeInOrderAsync(container, report.Lost, 0);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Lost_nodes_cost_what_is_below_them_and_nothing_else(PlacementKind placement, int seed)
    {
        TestContainer container = await PrepareAsync(placement, isClosed: seed % 2 == 0);
        var random = new Random(seed);
        for (int i = 0; i < 3; i++)
        {
            (ulong first, ulong second) = nodes[random.Next(1, nodes.Count)];
            Flip(first);
            Flip(second);
        }

        SalvageReport report = await RepairAsync(container);

        report.Lost.ShouldNotBeEmpty();
        await ShouldBeInOrderAsync(container, report.Lost, expectedMissing: null);
    }

    [Fact]
    public async Task A_lost_top_leaves_an_empty_container_that_works()
    {
        TestContainer container = await PrepareAsync(PlacementKind.Local, isClosed: true);
        Flip(nodes[0].First);
        Flip(nodes[0].Second);

        SalvageReport report = await RepairAsync(container);

        report.Lost.ShouldHaveSingleItem().To.ShouldBeNull();
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        await using ContainerStore store = container.Open(disk.Open());
        await new BlockWorkload(9).RunAsync(store, 200);
        store.Fault.ShouldBeNull();
    }

    [Fact]
    public async Task One_damaged_copy_of_everything_is_healed()
    {
        TestContainer container = await PrepareAsync(PlacementKind.Local, isClosed: true);
        nodes.ForEach(node => Flip(node.First));
        disk.FlipBit(FixedPlaces.Ordinary.HeaderOffset(1) + 50, 3);
        disk.FlipBit(FixedPlaces.Ordinary.RootOffset(0, root.Generation) + 1000, 0);
        Flip(root.Sessions.AddressA);
        Flip(root.LogMap.AddressB);
        Flip(root.SpaceChanges.AddressA);
        Flip(root.SpaceChanges.AddressB);

        SalvageReport report = await RepairAsync(container);

        report.Lost.ShouldBeEmpty();
        await ShouldBeInOrderAsync(container, [], 0);
    }

    [Fact]
    public async Task A_hole_in_the_log_costs_what_comes_after_it()
    {
        TestContainer container = await PrepareAsync(PlacementKind.Local, isClosed: true);
        ContainerStore store = container.Open(disk.Open());
        int operations = disk.Trace.Count;
        for (int i = 0; i < 20; i++)
        {
            await workload.RunAsync(store, 10);
            await store.MakeDurableAsync(store.LastSequence);
        }

        disk.Kill();
        store.Abandon();
        long[] appends =
        [
            .. Enumerable.Range(operations, disk.Trace.Count - operations).Select(i => disk.Trace[i])
                .Where(operation => operation.Kind == DiskOperations.CachedWrite).Select(operation => operation.Offset / Geometry.SlotSize).Distinct(),
        ];
        disk.FlipBit((appends[^5] * Geometry.SlotSize) + 20, 1);
        CheckedDisk.Check(container, disk).Findings.ShouldContain(finding => finding.Kind == FindingKind.LogDamaged);

        SalvageReport report = await RepairAsync(container);

        report.LostCommits.ShouldBeGreaterThan(0UL);
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        await using ContainerStore repaired = container.Open(disk.Open());
        repaired.LastSequence.ShouldBe(report.LastSequence);
    }

    [Fact]
    public async Task A_medium_that_was_cut_short_gives_what_is_left()
    {
        TestContainer container = await PrepareAsync(PlacementKind.Local, isClosed: true, blocksOfOneMebibyte: 150);
        DiskImage image = disk.ImageAfterKill();
        image.SetLength(image.Length - (40L << 20));
        var cut = new SimulatedDisk(image, TestContainer.Disk(1));
        Should.Throw<ContainerFormatException>(() => container.Open(cut.Open()));

        ContainerStore store = Repair(container, cut, out SalvageReport report);
        await store.ForgetLostAsync();
        await store.DisposeAsync();

        report.Findings.ShouldContain(finding => finding.Kind == FindingKind.MediumCutShort);
        CheckReport check = CheckedDisk.Check(container, cut);
        check.Findings.ShouldAllBe(finding => finding.Kind == FindingKind.BlockDamaged);
    }

    /// <summary>Whenever the repair is cut short, another one comes to the same end.</summary>
    [Theory]
    [InlineData(PlacementKind.Local)]
    [InlineData(PlacementKind.Scattered)]
    public async Task A_repair_that_is_cut_short_harms_nothing(PlacementKind placement)
    {
        TestContainer container = await PrepareAsync(placement, isClosed: false);
        foreach ((ulong first, ulong second) in nodes.Skip(1).Take(2))
        {
            Flip(first);
            Flip(second);
        }

        DiskTrace trace = SimulatedDisk.Record(disk.ImageAfterKill(), TestContainer.Disk(1), medium =>
        {
            ContainerStore store = ContainerRepair.Open(medium, CheckedDisk.Key(container), Options, Checking, out _);
            store.ForgetLostAsync().AsTask().GetAwaiter().GetResult();
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        });
        foreach (PowerCut cut in trace.PickCuts(40, 5))
        {
            var after = new SimulatedDisk(trace.ImageAfterCut(cut), TestContainer.Disk(1));
            ContainerStore store = Repair(container, after, out _);
            (await workload.CheckRestAsync(store, [new KeyRange([], null)])).ShouldBePositive(cut.ToString());
            await store.ForgetLostAsync();
            await store.DisposeAsync();
            CheckedDisk.Check(container, after).Findings.ShouldBeEmpty(cut.ToString());
        }
    }

    [Fact]
    public async Task A_container_whose_repair_is_not_finished_is_not_opened()
    {
        TestContainer container = await PrepareAsync(PlacementKind.Local, isClosed: true);
        Flip(nodes[^1].First);
        Flip(nodes[^1].Second);
        await Repair(container, disk, out SalvageReport first).DisposeAsync();

        Should.Throw<ContainerFormatException>(() => container.Open(disk.Open())).Fault.ShouldBe(FormatFault.NotRepaired);
        CheckedDisk.Check(container, disk).Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.RepairUnfinished);
        ContainerStore store = Repair(container, disk, out SalvageReport second);
        second.Lost.Select(Shown).ShouldBe(first.Lost.Select(Shown));
        await store.ForgetLostAsync();
        await store.DisposeAsync();
        await ShouldBeInOrderAsync(container, first.Lost, expectedMissing: null);

        static string Shown(KeyRange range) => $"{Convert.ToHexString(range.From)}-{(range.To is null ? "end" : Convert.ToHexString(range.To))}";
    }

    private static ContainerOptions Options => TestContainer.Deterministic() with { Host = TestContainer.Host };

    private static CheckOptions Checking => new() { Blocks = BlockWorkload.Owner };

    private static ContainerStore Repair(TestContainer container, SimulatedDisk disk, out SalvageReport report) =>
        ContainerRepair.Open(disk.Open(), CheckedDisk.Key(container), Options, Checking, out report);

    private async Task<SalvageReport> RepairAsync(TestContainer container)
    {
        ContainerStore store = Repair(container, disk, out SalvageReport report);
        await store.ForgetLostAsync();
        await store.DisposeAsync();
        return report;
    }

    private async Task ShouldBeInOrderAsync(TestContainer container, IReadOnlyList<KeyRange> lost, int? expectedMissing)
    {
        CheckedDisk.Check(container, disk).Findings.ShouldBeEmpty();
        await using ContainerStore store = container.Open(disk.Open());
        int missing = await workload.CheckRestAsync(store, lost);
        missing.ShouldBe(expectedMissing ?? missing);
        await new BlockWorkload(7).RunAsync(store, 300);
        store.Checkpoint();
        store.Fault.ShouldBeNull();
    }

    private async Task<TestContainer> PrepareAsync(PlacementKind placement, bool isClosed, int blocksOfOneMebibyte = 0)
    {
        var container = new TestContainer(ContainerProfile.Sealed, placement);
        container.Format(disk);
        ContainerStore store = container.Open(disk.Open(), TestContainer.Deterministic());
        await workload.RunAsync(store, 2500);
        for (int i = 0; i < blocksOfOneMebibyte; i++)
        {
            await workload.AddLargeBlockAsync(store, 200 + i);
        }

        store.Checkpoint();
        nodes = NodesOf(store);
        if (isClosed)
        {
            await store.DisposeAsync();
            nodes = NodesOf(store);
        }
        else
        {
            await workload.RunAsync(store, 60);
            disk.Kill();
            store.Abandon();
        }

        root = store.Root;
        return container;
    }

    private static List<(ulong First, ulong Second)> NodesOf(ContainerStore store)
    {
        List<(ulong, ulong)> found = [];
        Add(store.Root.Tree);
        return found;

        void Add(byte[] encoded)
        {
            var reference = new NodeReference(encoded);
            found.Add((reference.Placement(0, 0), reference.Placement(1, 0)));
            Container.Tree.Node node = store.NodeCache.Find(reference.Placement(0, 0), reference.Counter, reference.Session)!;
            for (int i = 0; i < node.Count && !node.IsLeaf; i++)
            {
                Add(node.Child(i).ToArray());
            }
        }
    }

    private void Flip(ulong address) => disk.FlipBit(SlotAddress.Offset(address) + 40, 5);
}
