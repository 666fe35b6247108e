using Tessera.Container.Media;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Media;

public sealed class WatchedMediumContractTests : MediumContract
{
    private SimulatedDisk? disk;

    protected override IMedium CreateMedium(long length)
    {
        disk = new SimulatedDisk(new SimulatedDiskOptions { LengthBytes = length });
        return new WatchedMedium(disk.Open(), static _ => { });
    }

    protected override IMedium Reopen(bool readOnly) => new WatchedMedium(disk.ShouldNotBeNull().Open(readOnly), static _ => { });
}
