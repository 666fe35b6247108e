using System.Collections.Concurrent;
using System.Globalization;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>Power cuts while programs work on files: the volume that is found is the one after some operation, with everything promised (docs/semantics.md).</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class VolumePowerCutTests(ITestOutputHelper output)
{
    /// <summary>So many failures tell enough.</summary>
    private const int MostFailures = 5;

    [Fact]
    public void Every_cut_of_every_seed_leaves_the_files_of_some_moment_with_all_that_was_promised()
    {
        var failures = new ConcurrentQueue<string>();
        int recoveries = 0;
        int refusals = 0;
        (int first, int last) = CampaignSize.Seeds;
        Parallel.For(first, last + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, loop) =>
        {
            try
            {
                var campaign = new VolumeCrashCampaign((ulong)seed, PlantedBug.None);
                campaign.Run(CampaignSize.CutsPerSeed);
                Interlocked.Add(ref recoveries, campaign.Recoveries);
                Interlocked.Add(ref refusals, campaign.Refusals);
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
        if (last - first >= VolumeCrashCampaign.Kinds)
        {
            refusals.ShouldBePositive("some volumes are to run full");
        }

        output.WriteLine($"Seeds {first} to {last}, {CampaignSize.CutsPerSeed} cuts each, {recoveries} recoveries, {refusals} operations refused by full volumes.");
    }

    /// <summary>What a failure prints, again; run only when asked for.</summary>
    [Fact(Explicit = true)]
    public void Files_of_seed_from_the_environment_repeat()
    {
        string seed = CampaignSize.Seed.ShouldNotBeNull("CAMPAIGN_SEED says which seed to repeat, CAMPAIGN_CUT which of its cuts.");
        var campaign = new VolumeCrashCampaign(CampaignSize.ToNumber(seed), PlantedBug.None);
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
