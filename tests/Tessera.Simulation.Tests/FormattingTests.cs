using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

[Trait("Campaign", "crash-simulation")]
public sealed class FormattingTests
{
    private const int CutsOfFormatting = 60;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Power_cut_while_formatting_leaves_no_volume_or_an_empty_one(int container)
    {
        TestContainer kind = AgedContainer.Kinds[container];
        var options = new SimulatedDiskOptions { Seed = 11, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes };
        DiskTrace trace = SimulatedDisk.Record(options, medium => kind.Format(medium));
        int opened = 0;
        foreach (PowerCut cut in trace.PickCuts(CutsOfFormatting, seed: 11).Append(new PowerCut(trace.Count, 1, CutMode.Nothing)))
        {
            try
            {
                ContainerStore store = kind.Open(new SimulatedDisk(trace.ImageAfterCut(cut), options).Open(), TestContainer.Deterministic());
                new StoreOracle().Verify(store, 0);
                store.Abandon();
                opened++;
            }
            catch (ContainerFormatException)
            {
                cut.Operation.ShouldBeLessThan(trace.Count, $"a volume whose making was acknowledged opens ({cut})");
            }
        }

        opened.ShouldBePositive();
    }
}
