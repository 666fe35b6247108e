using Tessera.Container.Media;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Media;

public sealed class SimulatedMediumContractTests : MediumContract
{
    private SimulatedDisk? disk;

    protected override IMedium CreateMedium(long length)
    {
        disk = new SimulatedDisk(new SimulatedDiskOptions { LengthBytes = length });
        return disk.Open();
    }

    protected override IMedium Reopen(bool readOnly) => disk.ShouldNotBeNull().Open(readOnly);
}
