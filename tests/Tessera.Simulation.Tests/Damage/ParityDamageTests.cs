using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Repairing;
using Tessera.Container.Scrubbing;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Repairing;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>Volumes with 8+2: whatever two slots of each stripe are damaged, nothing is lost, also when mending and repairing are cut short or meet faults; of three no wrong byte is read.</summary>
[Trait("Campaign", "damage")]
public sealed class ParityDamageTests(ITestOutputHelper output)
{
    private const long Folder = 4L << 20;
    private const int Redundancy = 2;

    /// <summary>Of so many stripes one has three damaged slots.</summary>
    private const int HopelessOneIn = 60;

    /// <summary>Calls that come before the one that fails.</summary>
    private const int Unharmed = 199;
    private static readonly (int First, int Last) Seeds = CampaignSize.IsFull ? CampaignSize.Seeds : (1, 1);
    private static readonly int Cuts = CampaignSize.IsFull ? 20 : 2;
    private static readonly VolumeOptions Looking = new() { ReadOnly = true, BackgroundWriteBack = false };
    private static readonly SimulatedDiskOptions Traced = TestContainer.Disk(1) with { Traced = true };
    private static readonly ScrubOptions Unbounded = new() { Blocks = VolumeBlocks.TryReadBlock, BytesPerSecond = 0 };

    /// <summary>One disk, or a folder whose files are of this length.</summary>
    public static TheoryData<long> Kinds => [0, Folder];

    public static MatrixTheoryData<DiskOperations, MediumFault> Faults => new(
        [DiskOperations.Read, DiskOperations.DirectWrite, DiskOperations.Write, DiskOperations.Flush], [MediumFault.Failed, MediumFault.NoSpace]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Any_two_damaged_slots_of_every_stripe_lose_nothing_and_scrub_mends_them(long fileBytes)
    {
        TestContainer container = Of(fileBytes);
        for (int seed = Seeds.First; seed <= Seeds.Last; seed++)
        {
            // Odd seeds have a log that is read, too.
            DamagedVolume volume = await DamagedVolume.OfAsync(container, closes: seed % 2 == 0);
            var damage = new StripeDamage(container, volume.Image);
            DiskImage image = volume.Image.Clone();
            var random = new Random(seed);
            int[][] first = damage.Draw(random, static _ => Redundancy);
            HashSet<long> unreadable = damage.Do(image, random, first);
            await ShouldBeAllThereAsync(volume, container, image, unreadable, $"seed {seed}");

            DiskImage mended = await MendAsync(container, image, unreadable, $"seed {seed}");
            unreadable = damage.Do(mended, random, damage.Draw(random, static _ => Redundancy, first));
            await ShouldBeAllThereAsync(volume, container, mended, unreadable, $"seed {seed}, two others");
        }

        output.WriteLine($"Seeds {Seeds.First} to {Seeds.Last}.");
    }

    [Fact]
    public async Task Three_damaged_slots_of_a_stripe_are_read_right_or_not_at_all_and_a_repair_lists_what_is_lost()
    {
        TestContainer container = Of(0);
        DamagedVolume volume = await DamagedVolume.OfAsync(container);
        var damage = new StripeDamage(container, volume.Image);
        int losses = 0;
        for (int seed = Seeds.First; seed <= Seeds.Last; seed++)
        {
            DiskImage image = volume.Image.Clone();
            var random = new Random(seed);
            damage.Do(image, random, damage.Draw(random, i => random.Next(HopelessOneIn) == 0 ? Redundancy + 1 : i % (Redundancy + 1)), anyKind: false);
            losses += (await volume.JudgeAsync(image, $"three slots of stripes, seed {seed}", volume.KnownDurable)).Losses;
        }

        output.WriteLine($"Seeds {Seeds.First} to {Seeds.Last}: {losses} losses listed.");
        losses.ShouldBePositive();
    }

    [Fact]
    public async Task Scrub_that_is_cut_while_it_mends_loses_nothing_and_the_next_one_mends_the_rest()
    {
        TestContainer container = Of(0);
        for (int seed = Seeds.First; seed <= Seeds.Last; seed++)
        {
            (DamagedVolume volume, DiskImage image) = await DamageTwoAsync(container, seed);
            var disk = new SimulatedDisk(image, Traced);
            await ScrubAsync(container, disk.Open());
            foreach (PowerCut cut in disk.Trace.PickCuts(Cuts, (ulong)seed))
            {
                DiskImage left = disk.Trace.ImageAfterCut(cut);
                await ShouldBeAllThereAsync(volume, container, left, [], $"seed {seed}, {cut} of {disk.Trace.Count}");
                await MendAsync(container, left, [], $"seed {seed}, {cut}");
            }
        }
    }

    [Fact]
    public async Task Repair_that_is_cut_loses_nothing_and_the_next_one_goes_on()
    {
        TestContainer container = Of(0);
        for (int seed = Seeds.First; seed <= Seeds.Last; seed++)
        {
            (DamagedVolume volume, DiskImage image) = await DamageTwoAsync(container, seed);
            var disk = new SimulatedDisk(image, Traced);
            await RepairAsync(container, disk);
            foreach (PowerCut cut in disk.Trace.PickCuts(Cuts, (ulong)seed))
            {
                Judgement judged = await volume.JudgeAsync(disk.Trace.ImageAfterCut(cut), $"seed {seed}, {cut} of {disk.Trace.Count}", volume.KnownDurable);
                judged.ShouldBe(new Judgement(0, volume.History.Last));
            }
        }
    }

    /// <summary>What cannot be done is said, by a report or by a store that stops; nothing is lost by it, and without the faults all is mended.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Faults_while_scrub_mends_lose_nothing(DiskOperations operations, MediumFault fault)
    {
        TestContainer container = Of(0);
        (DamagedVolume volume, DiskImage image) = await DamageTwoAsync(container, Seeds.First);
        foreach (int times in (int[])[1, int.MaxValue])
        {
            string what = $"{operations}: {fault} {(times == 1 ? "once" : "from then on")}";
            var disk = new SimulatedDisk(image.Clone(), Traced);
            ContainerStore store = container.Open(disk.Open());
            int nth = operations == DiskOperations.Flush ? 1 : Unharmed + 1;
            long due = disk.Counters.Operations(operations) + nth;
            disk.Faults.Fail(operations, nth, times, fault);
            bool isSaid;
            try
            {
                isSaid = !ContainerScrub.Run(store, Unbounded).IsClean;
            }
            catch (IOException)
            {
                isSaid = true;
            }

            // A read that fails once is a slot that parity makes good.
            bool isMet = disk.Counters.Operations(operations) >= due;
            (isSaid || !isMet || operations == DiskOperations.Read).ShouldBeTrue(what);
            output.WriteLine($"{what}: {(isMet ? "met" : "not met")}, {(isSaid ? "said" : "nothing to say")}.");
            disk.Faults.Clear();
            disk.Kill();
            store.Abandon();
            foreach (DiskImage left in (DiskImage[])[disk.ImageAfterKill(), disk.ImageAfterCut(1, CutMode.Sectors)])
            {
                await MendAsync(container, left, [], what);
            }

            await ShouldBeAllThereAsync(volume, container, disk.ImageAfterKill(), [], what);
        }
    }

    private static TestContainer Of(long fileBytes) =>
        new(ContainerProfile.Scattered, PlacementKind.Scattered) { Parity = new ParityShape(8, Redundancy), FileBytes = fileBytes };

    private static async Task<(DamagedVolume Volume, DiskImage Image)> DamageTwoAsync(TestContainer container, int seed)
    {
        DamagedVolume volume = await DamagedVolume.OfAsync(container);
        var damage = new StripeDamage(container, volume.Image);
        DiskImage image = volume.Image.Clone();
        var random = new Random(seed);
        damage.Do(image, random, damage.Draw(random, static _ => Redundancy), anyKind: false);
        return (volume, image.Freeze());
    }

    /// <summary>Every file reads as it was, and a check finds nothing that is lost.</summary>
    private static async Task ShouldBeAllThereAsync(DamagedVolume volume, TestContainer container, DiskImage image, HashSet<long> unreadable, string what)
    {
        try
        {
            await using (ContainerStore store = container.Open(ReadOnly(image, unreadable), TestContainer.Deterministic() with { ReadOnly = true }))
            {
                store.LastSequence.ShouldBeGreaterThanOrEqualTo(volume.KnownDurable, what);
                Volume found = await Volume.OpenAsync(store, Looking, new SteppingClock());
                await new StateComparison(found, volume.History.At(store.LastSequence), losses: []).RunAsync();
                await found.CloseAsync();
            }

            using IMedium medium = ReadOnly(image, unreadable);
            CheckReport report = ContainerChecker.Check(container.Wrap(medium), container.VolumeKey, new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock });
            report.Findings.ShouldAllBe(finding => finding.Kind == FindingKind.StripeDamaged, what);
        }
        catch (IOException failure)
        {
            throw new SimulationFailureException($"{what}: {failure.Message}", failure);
        }
    }

    private static UnreadableSlots ReadOnly(DiskImage image, HashSet<long> unreadable) =>
        new(new SimulatedDisk(image.Clone(), TestContainer.Disk(1)).Open(readOnly: true), unreadable);

    /// <summary>Scrubs twice: the second time there is nothing left to mend.</summary>
    private static async Task<DiskImage> MendAsync(TestContainer container, DiskImage image, HashSet<long> unreadable, string what)
    {
        var disk = new SimulatedDisk(image.Clone(), TestContainer.Disk(1));
        await using (ContainerStore store = container.Open(new UnreadableSlots(disk.Open(), unreadable)))
        {
            ContainerScrub.Run(store, Unbounded).IsClean.ShouldBeTrue(what);
            store.Checkpoint(); // What the log held when it was opened lies in a root from now on, and is looked at.
            ContainerScrub.Run(store, Unbounded).IsClean.ShouldBeTrue(what);
            ScrubReport last = ContainerScrub.Run(store, Unbounded);
            (last.Findings.Count, last.MendedSlots).ShouldBe((0, 0), what);
        }

        return disk.ImageAfterKill();
    }

    private static async Task ScrubAsync(TestContainer container, IMedium disk)
    {
        await using ContainerStore store = container.Open(disk);
        ScrubReport report = ContainerScrub.Run(store, Unbounded);
        report.MendedSlots.ShouldBePositive();
        report.IsClean.ShouldBeTrue();
    }

    /// <summary>As the command does: the container, the volume, and a scrub.</summary>
    private static async Task RepairAsync(TestContainer container, SimulatedDisk disk)
    {
        var checking = new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock };
        await using ContainerStore store = ContainerRepair.Open(
            container.Wrap(disk.Open()), container.VolumeKey, TestContainer.Deterministic() with { Host = TestContainer.Host }, checking, out _);
        VolumeRepairReport report = await VolumeRepair.RunAsync(store, store.LostRanges, new SteppingClock(), static () => { }, CancellationToken.None);
        report.Losses.ShouldBeEmpty();
        await store.ForgetLostAsync();
        ContainerScrub.Run(store, Unbounded).IsClean.ShouldBeTrue();
    }
}
