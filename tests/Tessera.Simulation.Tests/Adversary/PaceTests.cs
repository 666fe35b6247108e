using System.Security.Cryptography;
using Tessera.Container.Format;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>The game of docs/threat-model.md about the even pace: of a trace of writes and flushes, was the volume idle or busy?</summary>
[Trait("Campaign", "adversary")]
public sealed class PaceTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>What is given up comes back after two roots: of a small volume more would be written over than it has.</summary>
    private const long Rate = 2L << 20;
    private const int Flushes = 2;
    private const int Lessons = 30;
    private const int PlantedGames = 30;

    /// <summary>What is written beside the pace where that leak is planted, in each interval: a small file, synced.</summary>
    private const int Beside = 2;
    private static readonly int s_games = CampaignSize.IsFull ? CampaignSize.Seeds.Last - CampaignSize.Seeds.First + 1 : 50;
    private static readonly double s_sigmas = CampaignSize.IsFull ? 3 : 4;
    private readonly string _directory = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"tessera-pace-{Guid.NewGuid():N}")).FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Idle_and_busy_look_alike()
    {
        (int right, string feature, double real) = await GuessAsync(leaks: false, s_games);

        output.WriteLine($"{right} of {s_games} guesses right, by {feature}; for each slot seen while busy {real:0.0} were to be written.");
        real.ShouldBeGreaterThan(0.2, "Little was done that could have been seen.");
        Math.Abs(right - (s_games / 2.0)).ShouldBeLessThanOrEqualTo(s_sigmas * Math.Sqrt(s_games) / 2, $"{right} of {s_games} right, by {feature}");
    }

    [Fact]
    public async Task Writes_beside_the_pace_are_seen()
    {
        (int right, string feature, _) = await GuessAsync(leaks: true, PlantedGames);

        output.WriteLine($"{right} of {PlantedGames} guesses right, by {feature}.");
        (right / (double)PlantedGames).ShouldBeGreaterThan(0.9, feature);
    }

    private async Task<(int Right, string Feature, double Real)> GuessAsync(bool leaks, int count)
    {
        await using WatchedVolume volume = await WatchedVolume.MakeAsync(Path.Combine(_directory, "medium"), coverRate: Rate);
        var games = new Game[Lessons + count];
        int works = 0;
        int slots = 0;
        Func<WatchedVolume, ValueTask> work = async watched =>
        {
            works++;
            await watched.WriteAsync("busy", Activity.Bytes);
        };
        for (int i = 0; i < games.Length; i++)
        {
            bool isBusy = i < Lessons ? i % 2 == 1 : RandomNumberGenerator.GetInt32(2) == 1;
            IReadOnlyList<IReadOnlyList<SlotWrite>> seen = await volume.WatchPaceAsync(Flushes, isBusy ? work : null);
            slots += isBusy ? seen.Sum(static interval => interval.Count) : 0;
            games[i] = new Game(FeaturesOf(isBusy && leaks ? Plant(seen) : seen), isBusy);
        }

        Guesser guesser = Guesser.Learn(games[..Lessons]);
        return (games[Lessons..].Count(guesser.IsRight), guesser.Feature, works * (Activity.Bytes / (double)Geometry.SlotSize) / slots);
    }

    private static IReadOnlyList<IReadOnlyList<SlotWrite>> Plant(IReadOnlyList<IReadOnlyList<SlotWrite>> seen) =>
        [.. seen.Select(static interval => (IReadOnlyList<SlotWrite>)[.. interval, .. interval.Take(Beside).Select(static write => write with { Slot = write.Slot + 1 })])];

    /// <summary>What can be counted from flush to flush, and what is measured on any trace.</summary>
    private static IReadOnlyList<(string Name, double Value)> FeaturesOf(IReadOnlyList<IReadOnlyList<SlotWrite>> seen) =>
    [
        ("fewest between two flushes", seen.Min(static interval => interval.Count)),
        ("most between two flushes", seen.Max(static interval => interval.Count)),
        .. TraceFeatures.Of([.. seen.SelectMany(static interval => interval)], Math.Min(400, seen.Sum(static interval => interval.Count))),
    ];
}
