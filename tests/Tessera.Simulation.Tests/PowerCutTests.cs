using System.Collections.Concurrent;
using Tessera.Container.Format;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests;

/// <summary>Power cuts anywhere in a container's life (tests/campaigns.md, crash-simulation).</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class PowerCutTests
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("CAMPAIGN") == "full";

    public static TheoryData<ContainerProfile, PlacementKind> Kinds => new()
    {
        { ContainerProfile.Sealed, PlacementKind.Local },
        { ContainerProfile.Plain, PlacementKind.Local },
        { ContainerProfile.Sealed, PlacementKind.Scattered },
        { ContainerProfile.Plain, PlacementKind.Scattered },
    };

    /// <summary>200 seeds of 50 cuts, or 5,000 of 200: a quarter for each kind.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Container_survives_power_cuts_with_all_that_was_promised(ContainerProfile profile, PlacementKind placement)
    {
        int seeds = (Full ? 5000 : 200) / 4;
        int cuts = Full ? 200 : 50;
        var failures = new ConcurrentBag<string>();
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, state) =>
        {
            if (new PowerCutCampaign(new TestContainer(profile, placement), seed).Run(cuts) is { } failure)
            {
                failures.Add(failure);
                state.Stop();
            }
        });
        failures.ShouldBeEmpty();
    }
}
