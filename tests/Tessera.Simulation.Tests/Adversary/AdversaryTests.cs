using System.Security.Cryptography;
using Tessera.Container.Parity;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>The game of docs/threat-model.md: who has one copy of a scattered volume guesses which of two worlds it is of, and is right half of the time.</summary>
[Trait("Campaign", "adversary")]
public sealed class AdversaryTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>Media to learn from, of both worlds in turn, and then to guess.</summary>
    private static readonly int s_lessons = CampaignSize.IsFull ? 100 : 8;
    private static readonly int s_games = CampaignSize.IsFull ? CampaignSize.Seeds.Last - CampaignSize.Seeds.First + 1 : 20;

    /// <summary>Four for every commit, where one false alarm in three hundred runs would be too many.</summary>
    private static readonly double s_sigmas = CampaignSize.IsFull ? 3 : 4;
    private const string NoParity = "none";
    private const string Parity = "8+2";

    /// <summary>Enough that a small count which is one number in all the media of one world, and another in those of the other, is no chance: of three and three it is once in 200 times.</summary>
    private const int PlantedLessons = 14;
    private const int PlantedGames = 11;
    private static readonly int s_stride = CampaignSize.IsFull ? 1 : 16;

    /// <summary>In memory where there is such a place: a thousand media are a lot of writing.</summary>
    private readonly string _directory = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"tessera-adversary-{Guid.NewGuid():N}")).FullName;

    /// <summary>Pairs of worlds, by their numbers, without parity and with it. Those with parity are twice as long: every other pair for every commit.</summary>
    public static TheoryData<int, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<int, string>();
            for (int pair = 0; pair < World.Pairs.Count; pair++)
            {
                pairs.Add(pair, NoParity);
                if (CampaignSize.IsFull || pair % 2 == 0)
                {
                    pairs.Add(pair, Parity);
                }
            }

            return pairs;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task One_copy_does_not_tell_one_world_from_another(int pair, string parity)
    {
        (World, World) worlds = World.Pairs[pair];
        (int right, string feature) = await PlayAsync(worlds, Leak.None, ShapeOf(parity), (s_lessons, s_games));

        output.WriteLine($"{worlds.Item1.Name} or {worlds.Item2.Name}, parity {parity}: {right} of {s_games} guesses right, by {feature}.");
        Math.Abs(right - (s_games / 2.0)).ShouldBeLessThanOrEqualTo(
            s_sigmas * Math.Sqrt(s_games) / 2, $"{worlds.Item1.Name} or {worlds.Item2.Name}: {right} of {s_games} right, by {feature}");
    }

    [Theory]
    [InlineData(Leak.ReadableMagic, 0)]
    [InlineData(Leak.ZeroedFreeSlots, 1)]
    [InlineData(Leak.PunchedHole, 1)]
    [InlineData(Leak.PlainCounter, 3)]
    [InlineData(Leak.AlikeCopies, 3)]
    [InlineData(Leak.ZeroedKeySlots, 4)]
    [InlineData(Leak.UnmaskedParity, 0, Parity)]
    [InlineData(Leak.UnmaskedLog, 0, Parity)]
    internal async Task A_planted_leak_is_seen(Leak leak, int pair, string parity = NoParity)
    {
        (int right, string feature) = await PlayAsync(World.Pairs[pair], leak, ShapeOf(parity), (PlantedLessons, PlantedGames));

        output.WriteLine($"{leak}: {right} of {PlantedGames} guesses right, by {feature}.");
        (right / (double)PlantedGames).ShouldBeGreaterThan(0.9, $"{leak}, by {feature}");
    }

    /// <summary>The guesser takes what tells most; that copies are alike must be among what tells, whatever else does.</summary>
    [Fact]
    public async Task Alike_copies_of_nodes_and_roots_are_counted_and_a_scattered_volume_has_none()
    {
        Game leaking = await MakeAsync(World.ManyNames, isSecond: true, Leak.AlikeCopies, parity: null);
        Game veiled = await MakeAsync(World.ManyNames, isSecond: true, Leak.None, parity: null);

        Alike(leaking).ShouldBeGreaterThan(0);
        Alike(veiled).ShouldBe(0);

        static double Alike(Game game) => game.Features.Single(feature => feature.Name == MediumFeatures.AlikeHeads).Value;
    }

    /// <summary>What of a volume with parity follows from something else is counted where the masks are taken off, and never else.</summary>
    [Fact]
    public async Task Slots_that_follow_from_others_are_counted_and_a_volume_with_parity_has_none()
    {
        ParityShape? shape = ShapeOf(Parity);
        Multiples(await MakeAsync(World.ManyNames, isSecond: true, Leak.UnmaskedParity, shape)).ShouldBeGreaterThan(0);
        Multiples(await MakeAsync(World.ManyNames, isSecond: true, Leak.UnmaskedLog, shape)).ShouldBeGreaterThan(0);
        Multiples(await MakeAsync(World.ManyNames, isSecond: true, Leak.None, shape)).ShouldBe(0);

        static double Multiples(Game game) => game.Features.Single(feature => feature.Name == MediumFeatures.Multiples).Value;
    }

    private static ParityShape? ShapeOf(string parity) => ParityShape.TryParse(parity, out ParityShape shape) ? shape : null;

    private async Task<(int Right, string Feature)> PlayAsync((World First, World Second) worlds, Leak leak, ParityShape? parity, (int Lessons, int Games) count)
    {
        var games = new Game[count.Lessons + count.Games];
        await Parallel.ForAsync(0, games.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (number, _) =>
        {
            bool isSecond = number < count.Lessons ? number % 2 == 1 : RandomNumberGenerator.GetInt32(2) == 1;
            games[number] = await MakeAsync(isSecond ? worlds.Second : worlds.First, isSecond, leak, parity);
        });
        Guesser guesser = Guesser.Learn(games[..count.Lessons]);
        return (games[count.Lessons..].Count(guesser.IsRight), guesser.Feature);
    }

    private async Task<Game> MakeAsync(World world, bool isSecond, Leak leak, ParityShape? parity)
    {
        string path = Path.Combine(_directory, Guid.NewGuid().ToString("N"));
        try
        {
            await Vault.MakeAsync(path, world, leak, parity);
            if (leak == Leak.PunchedHole && isSecond)
            {
                Vault.Punch(path);
            }

            return new Game(MediumFeatures.Of(path, s_stride), isSecond);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
