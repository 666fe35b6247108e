using Tessera.Container;
using Tessera.Container.Rotating;
using Tessera.Simulation.Tests.Planted;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Rotation;

/// <summary>Cuts at every operation of the disk while the key is changed, and at many while everything is sealed anew; and while that is gone on with.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class RotationTests
{
    private const int Seed = 23;
    private static readonly int s_cuts = CampaignSize.IsFull ? 2_000 : 40;

    /// <summary>One recovery in so many is cut, too.</summary>
    private const int NestedEvery = 4;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Power_cut_while_the_key_is_rotated_loses_nothing_and_the_next_attempt_ends_it(bool isScattered, bool isUsed)
    {
        using var volume = new RotatedVolume(isScattered, isUsed);
        (DiskTrace trace, int opened) = Record(volume, PlantedBug.None);
        bool[] seen = new bool[2];
        foreach (PowerCut cut in Cuts(trace, opened))
        {
            try
            {
                SimulatedDisk disk = volume.Disk(trace.ImageAfterCut(cut), traced: true);
                seen[volume.Recover(disk) ? 1 : 0] = true;
                if (cut.Seed % NestedEvery == 0)
                {
                    volume.Recover(volume.Disk(disk.Trace.ImageAfterCut(disk.Trace.PickCuts(1, cut.Seed)[0]), traced: false));
                }
            }
            catch (Exception failure)
            {
                throw new SimulationFailureException($"{cut}, of {trace.Count} operations, {opened} of them before it was open: {failure.Message}", failure);
            }
        }

        seen.ShouldBe([true, true], "cuts before and after the new key counts");
    }

    [Fact]
    public void What_files_share_they_share_afterwards()
    {
        const ulong Shared = 1_200_000;
        using var volume = new RotatedVolume(isScattered: false);
        SimulatedDisk disk = volume.Disk(volume.Image, traced: false);
        ulong before = volume.UsedBytes(disk);

        volume.Rotate(disk, PlantedBug.None);

        volume.UsedBytes(disk).ShouldBeLessThan(before + (Shared / 2));
    }

    /// <summary>Each is a way to lose the volume, or what is in it.</summary>
    [Theory]
    [InlineData(nameof(KeySlotsLate))]
    [InlineData("KeyForgottenEarly")]
    public void Planted_bug_is_caught(string bug)
    {
        using var volume = new RotatedVolume(isScattered: false);
        Should.Throw<Exception>(() =>
        {
            (DiskTrace trace, int opened) = Record(
                volume,
                bug == nameof(KeySlotsLate) ? new KeySlotsLate() : PlantedBug.None,
                bug == nameof(KeySlotsLate) ? null : KeyRetirement.Forget);
            foreach (PowerCut cut in Cuts(trace, opened))
            {
                volume.Recover(volume.Disk(trace.ImageAfterCut(cut), traced: false));
            }
        });
    }

    private static (DiskTrace Trace, int Opened) Record(RotatedVolume volume, PlantedBug bug, Action<ContainerStore>? planted = null)
    {
        SimulatedDisk disk = volume.Disk(volume.Image, traced: true);
        int opened = 0;
        volume.Rotate(disk, bug, store =>
        {
            opened = disk.Trace.Count;
            planted?.Invoke(store);
        });
        return (disk.Trace, opened);
    }

    /// <summary>Each operation until the volume is open under the new key; then as many as there is time for.</summary>
    private static IEnumerable<PowerCut> Cuts(DiskTrace trace, int opened)
    {
        for (int operation = 0; operation <= opened; operation++)
        {
            ulong luck = (ulong)(operation + Seed) * 0x9E3779B97F4A7C15;
            yield return new PowerCut(operation, luck, (CutMode)(operation % ((int)CutMode.Everything + 1)));
        }

        foreach (PowerCut cut in trace.PickCuts(s_cuts, Seed))
        {
            yield return cut;
        }

        yield return new PowerCut(trace.Count, Seed, CutMode.Nothing);
    }
}
