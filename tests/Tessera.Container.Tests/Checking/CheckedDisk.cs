using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Checking;

/// <summary>Runs the checker over simulated disks.</summary>
internal static class CheckedDisk
{
    public static CheckReport Check(TestContainer container, SimulatedDisk disk, CheckOptions? options = null)
    {
        using SimulatedMedium medium = disk.Open(readOnly: true);
        return ContainerChecker.Check(medium, Key(container), options ?? new CheckOptions { Blocks = BlockWorkload.Owner });
    }

    /// <summary>Checks what another process would find now, were the one that has the disk open killed.</summary>
    public static CheckReport CheckAfterKill(TestContainer container, SimulatedDisk disk) =>
        Check(container, new SimulatedDisk(disk.ImageAfterKill(), TestContainer.Disk(1)));

    public static byte[] Key(TestContainer container) => container.Profile == ContainerProfile.Plain ? new byte[32] : TestContainer.Key;
}
