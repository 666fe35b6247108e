using Tessera.Container.Format;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>Any slot flipped, zeroed, swapped or put back as it was, both copies of nodes too: never wrong bytes, and after a repair a volume in order whose list of
/// losses is exact.</summary>
[Trait("Campaign", "damage")]
public sealed class DamageCampaignTests(ITestOutputHelper output)
{
    private const int Slot = Geometry.SlotSize;
    private static readonly (int First, int Last) Seeds = CampaignSize.IsFull ? CampaignSize.Seeds : (1, 25);

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
        DamagedVolume volume = await DamagedVolume.NewAsync(new TestContainer(profile, placement));
        int losses = 0;
        int hopeless = 0;
        for (int seed = Seeds.First; seed <= Seeds.Last; seed++)
        {
            DiskImage image = volume.Image.Clone();
            string what = Damage(image, volume, new Random(seed), seed);
            int listed = await volume.JudgeAsync(image, $"{profile}, {placement}, seed {seed}: {what}");
            losses += Math.Max(0, listed);
            hopeless += listed < 0 ? 1 : 0;
        }

        output.WriteLine($"Seeds {Seeds.First} to {Seeds.Last}: {losses} losses listed, {hopeless} volumes beyond repair.");
        losses.ShouldBePositive();
        hopeless.ShouldBeLessThan((Seeds.Last - Seeds.First + 1) / 4);
    }

    [Fact]
    public async Task A_reader_that_makes_zeros_of_damage_is_caught()
    {
        DamagedVolume volume = await MakeAsync();
        await ShouldBeCaughtAsync(volume.With(reading: static store => new ZeroingStore(store)), seedsOfSlots: true);
    }

    [Fact]
    public async Task A_repair_that_forgets_to_list_a_file_is_caught()
    {
        DamagedVolume volume = await MakeAsync();
        await ShouldBeCaughtAsync(volume.With(listing: static losses => [.. losses.Skip(1)]), seedsOfSlots: false);
    }

    [Fact]
    public async Task A_repair_that_takes_lost_ranges_for_holes_is_caught()
    {
        DamagedVolume volume = await MakeAsync();
        await ShouldBeCaughtAsync(volume.With(telling: static _ => Array.Empty<KeyRange>()), seedsOfSlots: false);
    }

    private static Task<DamagedVolume> MakeAsync() => DamagedVolume.NewAsync(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local));

    private async Task ShouldBeCaughtAsync(DamagedVolume volume, bool seedsOfSlots)
    {
        for (int seed = 1; seed <= 25; seed++)
        {
            DiskImage image = volume.Image.Clone();
            string what = Damage(image, volume, new Random(seed), seedsOfSlots ? (2 * seed) + 1 : 2 * seed);
            try
            {
                await volume.JudgeAsync(image, what);
            }
            catch (SimulationFailureException caught)
            {
                output.WriteLine($"Caught by seed {seed}: {caught.Message.Split('\n')[0]}");
                return;
            }
        }

        Assert.Fail("The planted bug went unnoticed.");
    }

    /// <summary>Even seeds take both copies of a node, odd ones any slots.</summary>
    private static string Damage(DiskImage image, DamagedVolume volume, Random random, int seed)
    {
        if (seed % 2 == 0)
        {
            (ulong first, ulong second) = volume.Nodes[random.Next(volume.Nodes.Count)];
            image.FlipBit(SlotAddress.Offset(first) + random.Next(40), 3);
            image.FlipBit(SlotAddress.Offset(second) + random.Next(40), 3);
            return $"both copies of the node at {first:x}";
        }

        string what = string.Empty;
        for (int i = 0; i < 6; i++)
        {
            long slot = volume.Slots[random.Next(volume.Slots.Count)];
            what += $"{DamageSlot(image, volume, slot, random)}; ";
        }

        return what;
    }

    private static string DamageSlot(DiskImage image, DamagedVolume volume, long slot, Random random)
    {
        byte[] bytes = new byte[Slot];
        switch (random.Next(4))
        {
            case 0:
                image.FlipBit((slot * Slot) + random.Next(Slot), random.Next(8));
                return $"a bit of slot {slot}";
            case 1:
                image.Write(slot * Slot, bytes);
                return $"slot {slot} zeroed";
            case 2:
                long other = volume.Slots[random.Next(volume.Slots.Count)];
                byte[] otherBytes = new byte[Slot];
                image.Read(slot * Slot, bytes);
                image.Read(other * Slot, otherBytes);
                image.Write(slot * Slot, otherBytes);
                image.Write(other * Slot, bytes);
                return $"slots {slot} and {other} swapped";
            default:
                if ((slot + 1) * Slot <= volume.Older.Length)
                {
                    volume.Older.Read(slot * Slot, bytes);
                    image.Write(slot * Slot, bytes);
                }

                return $"slot {slot} as it was before";
        }
    }
}
