using System.Collections.Concurrent;
using System.Globalization;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

[Trait("Campaign", "crash-simulation")]
public sealed class PowerCutTests(ITestOutputHelper output)
{
    /// <summary>So many failures tell enough.</summary>
    private const int MostFailures = 5;

    [Fact]
    public void Every_cut_of_every_seed_leaves_a_volume_that_keeps_its_promises()
    {
        var failures = new ConcurrentQueue<string>();
        Parallel.For(CampaignSize.Seeds.First, CampaignSize.Seeds.Last + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, loop) =>
        {
            try
            {
                new CrashCampaign((ulong)seed, PlantedBug.None).Run(CampaignSize.CutsPerSeed);
            }
            catch (SimulationFailureException failure)
            {
                failures.Enqueue(failure.ToString());
                if (failures.Count >= MostFailures)
                {
                    loop.Stop();
                }
            }
        });
        failures.ShouldBeEmpty();
        output.WriteLine($"Seeds {CampaignSize.Seeds.First} to {CampaignSize.Seeds.Last}, {CampaignSize.CutsPerSeed} cuts each, every recovery cut short twice more.");
    }

    /// <summary>What a failure prints, again; run only when asked for.</summary>
    [Fact(Explicit = true)]
    public void Seed_from_the_environment_repeats()
    {
        string seed = CampaignSize.Seed.ShouldNotBeNull("CAMPAIGN_SEED says which seed to repeat, CAMPAIGN_CUT which of its cuts.");
        var campaign = new CrashCampaign(CampaignSize.ToNumber(seed), PlantedBug.None);
        if (CampaignSize.Cut?.Split(',') is [var operation, var luck, var mode])
        {
            campaign.RunOne(new PowerCut(int.Parse(operation, CultureInfo.InvariantCulture), CampaignSize.ToNumber(luck), Enum.Parse<CutMode>(mode)));
        }
        else
        {
            campaign.Run(CampaignSize.CutsPerSeed);
        }
    }
}
