using Tessera.Simulation.Tests.Planted;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests;

/// <summary>The campaign is worth its time only if it finds mistakes: each of these, within half of its size for every commit.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    /// <summary>Half of the campaign for every commit; most are found by the first seed, the rarest within ten.</summary>
    private const int SeedsAllowed = 100;
    private const int Cuts = 50;

    public static TheoryData<string> Bugs => [.. Planted.Keys];

    private static Dictionary<string, Func<PlantedBug>> Planted { get; } = new(StringComparer.Ordinal)
    {
        [nameof(SkippedFlush)] = static () => new SkippedFlush(),
        [nameof(EarlyReuse)] = static () => new EarlyReuse(),
        [nameof(RoomBeforeRoots)] = static () => new RoomBeforeRoots(),
        [nameof(DecoyOnReleased)] = static () => new DecoyOnReleased(),
        [nameof(LogBeforeBlocks)] = static () => new LogBeforeBlocks(),
        [nameof(UndurableWrites)] = static () => new UndurableWrites(),
        [nameof(NoteBeforeRoot)] = static () => new NoteBeforeRoot(),
        [nameof(AppendKeptBack)] = static () => new AppendKeptBack(),
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bug_is_caught(string bug)
    {
        for (ulong seed = 1; seed <= SeedsAllowed; seed++)
        {
            try
            {
                new CrashCampaign(seed, Planted[bug]()).Run(Cuts);
            }
            catch (SimulationFailureException caught)
            {
                output.WriteLine($"Caught by seed {seed}: {caught.Message}");
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed through {SeedsAllowed} seeds.");
    }
}
