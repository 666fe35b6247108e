using Tessera.Container.Format;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>Slots flipped, zeroed, swapped or put back as they were, both copies of nodes and of roots, the log, the end cut off, the whole volume put back: never
/// wrong bytes, and after a repair a volume in order that is one of the states it once had, but for what is listed as lost.</summary>
[Trait("Campaign", "damage")]
public sealed class DamageCampaignTests(ITestOutputHelper output)
{
    private const int Slot = Geometry.SlotSize;
    private const int SlotsDamaged = 6;

    /// <summary>Each may be a swap of two: fewer sectors than the markers at the log's end.</summary>
    private const int LogSlotsDamaged = 3;
    private static readonly (int First, int Last) Seeds = CampaignSize.IsFull ? CampaignSize.Seeds : (1, 25);

    /// <summary>Of the kinds of damage that need fewer.</summary>
    private static readonly (int First, int Last) FewSeeds = CampaignSize.IsFull ? CampaignSize.Seeds : (1, 6);

    public static TheoryData<ContainerProfile, PlacementKind> Kinds => new()
    {
        { ContainerProfile.Sealed, PlacementKind.Local },
        { ContainerProfile.Plain, PlacementKind.Local },
        { ContainerProfile.Scattered, PlacementKind.Scattered },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Damage_is_told_and_a_repair_lists_exactly_what_is_lost(ContainerProfile profile, PlacementKind placement)
    {
        DamagedVolume volume = await DamagedVolume.OfAsync(new TestContainer(profile, placement));
        (int losses, int hopeless) = await JudgeAllAsync(volume, $"{profile}", Seeds, volume.KnownDurable, (image, random, seed) => Damage(image, volume, random, seed));

        losses.ShouldBePositive();
        hopeless.ShouldBeLessThan((Seeds.Last - Seeds.First + 1) / 4);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_volume_cut_short_keeps_what_is_left_of_its_last_state(ContainerProfile profile, PlacementKind placement)
    {
        DamagedVolume volume = await DamagedVolume.OfAsync(new TestContainer(profile, placement));
        (int losses, int hopeless) = await JudgeAllAsync(volume, $"{profile}", FewSeeds, volume.KnownDurable, CutShort);

        losses.ShouldBePositive();
        hopeless.ShouldBeLessThan(FewSeeds.Last - FewSeeds.First + 1);
    }

    /// <summary>Nothing outside the medium is remembered: roots of a while before are taken for the newest, and what they name is there in part.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Both_copies_of_the_roots_put_back_give_an_earlier_state_or_none(ContainerProfile profile, PlacementKind placement)
    {
        DamagedVolume volume = await DamagedVolume.OfAsync(new TestContainer(profile, placement));
        for (int parities = 1; parities <= 3; parities++)
        {
            DiskImage image = volume.Image.Clone();
            SlotDamage.PutBack(image, volume.Older, [.. RootSlots(parities)]);
            Judgement judged = await volume.JudgeAsync(image, $"{profile}: roots of parities {parities} put back", least: 0);
            output.WriteLine($"Roots of parities {parities}: {judged.Losses} losses, commit {judged.State?.Sequence} of {volume.History.Last.Sequence}.");
            if (parities != 3)
            {
                judged.State.ShouldBe(volume.History.Last, "the root before the newest, and the log since, tell the same");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_whole_older_container_put_back_is_that_state_and_nothing_of_the_newer(ContainerProfile profile, PlacementKind placement)
    {
        DamagedVolume volume = await DamagedVolume.OfAsync(new TestContainer(profile, placement));

        Judgement judged = await volume.JudgeAsync(volume.Older.Clone(), $"{profile}: all as it was before", least: 0);

        judged.ShouldBe(new Judgement(0, volume.OlderState));
        volume.OlderState.ShouldNotBe(volume.History.Last);
    }

    /// <summary>Even seeds take both copies of a node besides: then all but what is listed is the state after that commit.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_damaged_log_of_a_volume_that_was_not_closed_leaves_the_state_after_one_commit(ContainerProfile profile, PlacementKind placement)
    {
        DamagedVolume volume = await DamagedVolume.OfAsync(new TestContainer(profile, placement), closes: false);
        var damage = new SlotDamage(volume.Older, volume.LogSlots);
        var states = new HashSet<ulong>();
        for (int seed = FewSeeds.First; seed <= FewSeeds.Last; seed++)
        {
            DiskImage image = volume.Image.Clone();
            var random = new Random(seed);
            string what = damage.Do(image, random, LogSlotsDamaged);
            what = seed % 2 == 0 ? $"{what}; {Damage(image, volume, random, seed)}" : what;
            Judgement judged = await volume.JudgeAsync(image, $"{profile}, not closed, seed {seed}: {what}", volume.KnownDurable);
            judged.Losses.ShouldBe(seed % 2 == 0 ? judged.Losses : 0, "the log lost commits, no file lost bytes");
            states.Add(judged.State.ShouldNotBeNull().Sequence);
        }

        output.WriteLine($"Seeds {FewSeeds.First} to {FewSeeds.Last}: {states.Count} states of {volume.History.Count}; {volume.LogSlots.Count} slots of the log.");
        states.ShouldContain(state => state < volume.KnownDurable, "some of the slots are needed");
    }

    private async Task<(int Losses, int Hopeless)> JudgeAllAsync(
        DamagedVolume volume, string kind, (int First, int Last) seeds, ulong least, Func<DiskImage, Random, int, string> damage)
    {
        int losses = 0;
        int hopeless = 0;
        for (int seed = seeds.First; seed <= seeds.Last; seed++)
        {
            DiskImage image = volume.Image.Clone();
            string what = damage(image, new Random(seed), seed);
            Judgement judged = await volume.JudgeAsync(image, $"{kind}, seed {seed}: {what}", least);
            losses += judged.Losses;
            hopeless += judged.IsHopeless ? 1 : 0;
        }

        output.WriteLine($"Seeds {seeds.First} to {seeds.Last}: {losses} losses listed, {hopeless} volumes beyond repair.");
        return (losses, hopeless);
    }

    /// <summary>Even seeds take both copies of a node, odd ones any slots.</summary>
    internal static string Damage(DiskImage image, DamagedVolume volume, Random random, int seed)
    {
        if (seed % 2 != 0)
        {
            return new SlotDamage(volume.Older, volume.Slots).Do(image, random, SlotsDamaged);
        }

        (ulong first, ulong second) = volume.Nodes[random.Next(volume.Nodes.Count)];
        image.FlipBit(SlotAddress.Offset(first) + random.Next(40), 3);
        image.FlipBit(SlotAddress.Offset(second) + random.Next(40), 3);
        return $"both copies of the node at {first:x}";
    }

    /// <summary>Anywhere: at any byte, between two slots, among the last slots, the fixed ones at the end of the first group, and those at the beginning.</summary>
    private static string CutShort(DiskImage image, Random random, int seed)
    {
        long slots = image.Length / Slot;
        long length = (seed % 6) switch
        {
            0 => random.NextInt64(image.Length),
            1 => random.NextInt64(slots) * Slot,
            2 => (slots - 1 - random.Next(64)) * Slot,
            3 => (FixedPlaces.Ordinary.HeaderOffset(1) / Slot * Slot) + random.Next(Geometry.FixedSlots * Slot),
            4 => image.Length - 1,
            _ => random.Next((Geometry.FixedSlots + 1) * Slot),
        };
        image.SetLength(length);
        return $"cut to {length} bytes";
    }

    /// <param name="parities">1 those of even generations, 2 of odd ones, 3 all.</param>
    private static IEnumerable<long> RootSlots(int parities) =>
        from parity in Enumerable.Range(0, 2)
        where (parities & (1 << parity)) != 0
        from copy in Enumerable.Range(0, Geometry.Copies)
        select FixedPlaces.Ordinary.RootOffset(copy, (ulong)parity) / Slot;
}
