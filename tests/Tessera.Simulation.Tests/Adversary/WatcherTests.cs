using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Parity;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>The game of docs/threat-model.md with a watcher of the writes: of what goes to the disk between two checkpoints he does not know which slots hold data and
/// which are decoys, nor, but for its amount, what was done. Over many intervals he learns; that is shown, too.</summary>
[Trait("Campaign", "adversary")]
public sealed class WatcherTests(ITestOutputHelper output) : IDisposable
{
    private static readonly int s_lessons = 60;
    private static readonly int s_games = CampaignSize.IsFull ? CampaignSize.Seeds.Last - CampaignSize.Seeds.First + 1 : 100;
    private static readonly double s_sigmas = CampaignSize.IsFull ? 3 : 4;
    private const string NoParity = "none";
    private const string Parity = "8+2";

    /// <summary>What a stripe of one slot has on the medium, with two of parity.</summary>
    private const int ShortestStripe = 3;
    private const int PlantedLessons = 100;
    private const int PlantedGames = 100;

    /// <summary>Slots of data and their decoys.</summary>
    private const int Watched = 2 * Activity.Bytes / Geometry.SlotSize;

    /// <summary>One in so many slots is in the corner.</summary>
    private const int Corner = 64;
    private readonly string _directory = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"tessera-watcher-{Guid.NewGuid():N}")).FullName;

    public static TheoryData<int> Pairs => [.. Enumerable.Range(0, Activity.Pairs.Count)];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>With parity, of two stripes.</summary>
    [Theory]
    [InlineData(NoParity)]
    [InlineData(Parity)]
    public async Task Of_two_slots_written_in_an_interval_nobody_knows_which_holds_data(string parity)
    {
        (int right, string feature) = await GuessSlotsAsync(TraceLeak.None, parity, (s_lessons, s_games));

        ShouldBeGuessing(right, feature);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_slots_of_an_interval_do_not_tell_what_was_done(int pair)
    {
        (int right, string feature) = await GuessActivitiesAsync(Activity.Pairs[pair], TraceLeak.None, (s_lessons, s_games));

        ShouldBeGuessing(right, $"{Activity.Pairs[pair].First.Name} or {Activity.Pairs[pair].Second.Name}, by {feature}");
    }

    [Theory]
    [InlineData(TraceLeak.DecoysLast)]
    [InlineData(TraceLeak.DecoysInOneCorner)]
    [InlineData(TraceLeak.DecoysWrittenAgain)]
    [InlineData(TraceLeak.DecoysLast, Parity)]
    [InlineData(TraceLeak.DecoysOfAnotherLength, Parity)]
    internal async Task A_leak_of_decoys_is_seen(TraceLeak leak, string parity = NoParity)
    {
        (int right, string feature) = await GuessSlotsAsync(leak, parity, (PlantedLessons, PlantedGames));

        ShouldBeSeen(right, $"{leak}, by {feature}");
    }

    [Fact]
    public async Task A_leak_of_what_was_done_is_seen()
    {
        (int right, string feature) = await GuessActivitiesAsync(Activity.Pairs[0], TraceLeak.AscendingSlots, (PlantedLessons, PlantedGames));

        ShouldBeSeen(right, $"ascending slots, by {feature}");
    }

    /// <summary>What decoys do not hide: in the long run a slot that held nothing is written again, and one that holds data is not.</summary>
    [Fact]
    public async Task Over_many_intervals_what_is_not_written_again_shows()
    {
        const int Intervals = 300;
        await using WatchedVolume volume = await WatchedVolume.MakeAsync(Path.Combine(_directory, "medium"));
        await volume.WatchAsync(watched => watched.WriteAsync("kept", Activity.Bytes));
        Interval first = await volume.WatchAsync(watched => watched.WriteAsync("kept besides", Activity.Bytes));
        var again = new HashSet<long>();
        for (int i = 0; i < Intervals; i++)
        {
            Interval later = await volume.WatchAsync(watched => watched.WriteAsync("changing", Activity.Bytes));
            again.UnionWith(later.Writes.Select(write => write.Slot));
        }

        long[] decoys = [.. first.Writes.Select(write => write.Slot).Where(slot => !first.Real.Contains(slot))];

        first.Real.ShouldAllBe(slot => !again.Contains(slot));
        double seen = decoys.Count(again.Contains) / (double)decoys.Length;
        output.WriteLine($"After {Intervals} intervals {seen:P0} of the decoys of one interval have been written again.");
        seen.ShouldBeGreaterThan(0.75);
    }

    private void ShouldBeGuessing(int right, string by)
    {
        output.WriteLine($"{right} of {s_games} guesses right, by {by}.");
        Math.Abs(right - (s_games / 2.0)).ShouldBeLessThanOrEqualTo(s_sigmas * Math.Sqrt(s_games) / 2, $"{right} of {s_games} right, by {by}");
    }

    private void ShouldBeSeen(int right, string by)
    {
        output.WriteLine($"{right} of {PlantedGames} guesses right: {by}.");
        (right / (double)PlantedGames).ShouldBeGreaterThan(0.9, by);
    }

    /// <summary>Each game is an interval: of one slot that holds data and one that was a decoy he says which is which.</summary>
    private async Task<(int Right, string Feature)> GuessSlotsAsync(TraceLeak leak, string parity, (int Lessons, int Games) count)
    {
        await using WatchedVolume volume = await WatchedVolume.MakeAsync(Path.Combine(_directory, "medium"), parity: ParityShape.TryParse(parity, out ParityShape shape) ? shape : null);
        var games = new Game[count.Lessons + count.Games];
        for (int i = 0; i < games.Length; i++)
        {
            Interval interval = await volume.WatchAsync((i % 2 == 0 ? Activity.OverwritesLarge : Activity.WritesManySmall).WorkAsync);
            (IReadOnlyList<SlotWrite> writes, IReadOnlySet<long> real) = Plant(interval, leak);
            int[] places = [.. Enumerable.Range(0, writes.Count)];
            int held = Pick([.. places.Where(place => real.Contains(writes[place].Slot))]);
            int decoy = Pick([.. places.Where(place => !real.Contains(writes[place].Slot))]);
            bool isSecond = i < count.Lessons ? i % 4 >= 2 : RandomNumberGenerator.GetInt32(2) == 1;
            games[i] = new Game(isSecond ? TraceFeatures.Of(writes, decoy, held) : TraceFeatures.Of(writes, held, decoy), isSecond);
        }

        return Play(games, count.Lessons);
    }

    private async Task<(int Right, string Feature)> GuessActivitiesAsync((Activity First, Activity Second) pair, TraceLeak leak, (int Lessons, int Games) count)
    {
        await using WatchedVolume volume = await WatchedVolume.MakeAsync(Path.Combine(_directory, "medium"));
        var games = new Game[count.Lessons + count.Games];
        for (int i = 0; i < games.Length; i++)
        {
            bool isSecond = i < count.Lessons ? i % 2 == 1 : RandomNumberGenerator.GetInt32(2) == 1;
            Activity activity = isSecond ? pair.Second : pair.First;
            Interval interval = await volume.WatchAsync(activity.WorkAsync);
            await activity.AfterAsync(volume);
            games[i] = new Game(TraceFeatures.Of((isSecond ? interval : Plant(interval, leak)).Writes, Watched), isSecond);
        }

        return Play(games, count.Lessons);
    }

    private static (int Right, string Feature) Play(Game[] games, int lessons)
    {
        Guesser guesser = Guesser.Learn(games[..lessons]);
        return (games[lessons..].Count(guesser.IsRight), guesser.Feature);
    }

    private static int Pick(int[] places) => places[RandomNumberGenerator.GetInt32(places.Length)];

    private static Interval Plant(Interval interval, TraceLeak leak)
    {
        Func<SlotWrite, bool> isReal = write => interval.Real.Contains(write.Slot);
        return leak switch
        {
            TraceLeak.DecoysLast => interval with { Writes = [.. interval.Writes.Where(isReal), .. interval.Writes.Where(write => !isReal(write))] },
            TraceLeak.DecoysInOneCorner => interval with { Writes = [.. interval.Writes.Select(write => isReal(write) ? write : write with { Slot = CornerOf(write.Slot, interval.Real) })] },
            TraceLeak.DecoysWrittenAgain => interval with { Writes = [.. interval.Writes, .. interval.Writes.Where(write => !isReal(write))] },
            TraceLeak.DecoysOfAnotherLength => interval with { Writes = [.. interval.Writes.Select(write => isReal(write) ? write : write with { Slots = ShortestStripe })] },
            TraceLeak.AscendingSlots => interval with { Writes = [.. interval.Writes.OrderBy(write => write.Slot)] },
            _ => interval,
        };
    }

    private static long CornerOf(long slot, IReadOnlySet<long> real)
    {
        long corner = slot / Corner;
        while (real.Contains(corner))
        {
            corner++;
        }

        return corner;
    }
}
