using Tessera.Container.Format;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests;

/// <summary>A campaign that cannot fail proves nothing: each planted bug is caught within its size for every commit.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class PlantedBugTests
{
    private const int Seeds = 50;
    private const int Cuts = 50;

    [Theory]
    [InlineData(PlantedBug.SkippedFlush)]
    [InlineData(PlantedBug.DurableIsCached)]
    [InlineData(PlantedBug.BlocksAfterRecord)]
    [InlineData(PlantedBug.EarlyReuse)]
    public void Planted_bug_is_caught(PlantedBug bug)
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        string? caught = null;
        for (int seed = 0; seed < Seeds && caught is null; seed++)
        {
            caught = Campaign(container, seed, bug).Run(Cuts);
        }

        caught.ShouldNotBeNull();
        TestContext.Current.SendDiagnosticMessage($"{bug}: {caught}");
    }

    private static PowerCutCampaign Campaign(TestContainer container, int seed, PlantedBug bug) => bug == PlantedBug.EarlyReuse
        ? new PowerCutCampaign(container, seed) { Within = store => store.ReusesTooEarly = true }
        : new PowerCutCampaign(container, seed) { Beneath = medium => new FaultyMedium(medium, bug) };
}
