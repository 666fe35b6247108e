using Tessera.Simulation.Tests.Planted;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests;

/// <summary>The campaign over files finds mistakes of the engine: each of these within its size for every commit.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class VolumePlantedBugTests(ITestOutputHelper output)
{
    private const int Cuts = 50;
    private const int MostSeeds = 24;

    /// <summary>For every commit the seeds begin shortly before the one that finds it; at full size with the first.</summary>
    private static Dictionary<string, int> Late { get; } = new(StringComparer.Ordinal) { [nameof(TruncationUnmarked)] = 18, [nameof(ReleasedAtOnce)] = 13 };

    public static TheoryData<string> Bugs => [.. Planted.Keys];

    private static Dictionary<string, Func<PlantedBug>> Planted { get; } = new(StringComparer.Ordinal)
    {
        [nameof(ForgottenSync)] = static () => new ForgottenSync(),
        [nameof(RenameInTwo)] = static () => new RenameInTwo(),
        [nameof(TruncationUnmarked)] = static () => new TruncationUnmarked(),
        [nameof(LengthBeforeBytes)] = static () => new LengthBeforeBytes(),
        [nameof(ReleasedAtOnce)] = static () => new ReleasedAtOnce(),
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Planted_bug_is_caught(string bug)
    {
        for (int seed = CampaignSize.IsFull ? 1 : Late.GetValueOrDefault(bug, 1); seed <= MostSeeds; seed++)
        {
            try
            {
                new VolumeCrashCampaign((ulong)seed, Planted[bug]()) { CutsEveryRecovery = true }.Run(Cuts);
            }
            catch (SimulationFailureException caught)
            {
                output.WriteLine($"Caught by seed {seed}: {caught.Message}");
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed through {MostSeeds} seeds.");
    }
}
