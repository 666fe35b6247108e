using System.Diagnostics;
using Tessera.Simulation.Tests.Planted;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests;

/// <summary>Long random work on a volume beside the reference: every answer the same; then a close, a kill or a power cut in the middle of something, and on.</summary>
[Trait("Campaign", "model")]
public sealed class VolumeModelTests(ITestOutputHelper output)
{
    private const int RoundsOfEveryCommit = 6;
    private const ulong SeedsOfEveryCommit = 5;
    private static readonly int Rounds = CampaignSize.IsFull ? 80 : RoundsOfEveryCommit;

    public static TheoryData<ulong> Seeds => [.. CampaignSize.ModelSeeds];

    public static TheoryData<string> Bugs => [.. Planted.Keys];

    private static Dictionary<string, Func<PlantedBug>> Planted { get; } = new(StringComparer.Ordinal)
    {
        [nameof(NameKept)] = static () => new NameKept(),
        [nameof(PieceDropped)] = static () => new PieceDropped(),
        [nameof(ForgottenSync)] = static () => new ForgottenSync(),
    };

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Volume_agrees_with_the_reference_through_closes_kills_and_power_cuts(ulong seed)
    {
        long started = Stopwatch.GetTimestamp();
        var run = new VolumeModelRun(seed, PlantedBug.None);

        run.Run(Rounds);

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        output.WriteLine($"Seed {seed}: {run.Operations} operations and {Rounds} power cuts in {took.TotalSeconds:F1} s, {run.Operations / took.TotalMinutes:F0} a minute.");
    }

    /// <summary>The campaign finds a deletion that is not, bytes that are lost without a crash, and a sync that is none: each within its size for every commit.</summary>
    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bug_is_caught(string bug)
    {
        for (ulong seed = 1; seed <= SeedsOfEveryCommit; seed++)
        {
            try
            {
                new VolumeModelRun(seed, Planted[bug]()).Run(RoundsOfEveryCommit);
            }
            catch (SimulationFailureException caught)
            {
                output.WriteLine($"Caught: {caught.Message}");
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed through {SeedsOfEveryCommit} seeds.");
    }
}
