using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>Anything on the medium may rot, be swapped or be put back as it was: the answer is right, or says damage.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class DamageTests(ITestOutputHelper output)
{
    private const int Slot = Geometry.SlotSize;
    private const int Steps = 120;
    private const int StepsAfterOpening = 8;
    private static readonly int DamagesPerImage = CampaignSize.IsFull ? 2000 : 60;

    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            for (int container = 0; container < AgedContainer.Kinds.Count; container++)
            {
                cases.Add(container, Steps);
                cases.Add(container, StepsAfterOpening);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Damaged_slot_is_never_read_as_something_else(int container, int steps)
    {
        TestContainer kind = AgedContainer.Kinds[container];
        AgedContainer aged = AgedContainer.Of(kind, tight: true);
        StoreOracle oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        var disk = new SimulatedDisk(aged.Image, Options);
        var workload = new StoreWorkload(kind, disk, _ => oracle, new WorkloadPlan { Seed = (ulong)steps, Reopens = false });
        workload.Run(steps);
        workload.Store.MakeDurableAsync(oracle.LastSequence).IsCompletedSuccessfully.ShouldBeTrue();
        oracle.Durable(oracle.LastSequence, disk.Trace.Count);
        workload.Store.Abandon();

        DiskImage image = disk.ImageAfterKill().Freeze();
        long[] slots = [.. WrittenSlots(disk.Trace).Concat(FixedSlots())];
        var random = new Random((container * 1000) + steps);
        int unopened = 0;
        int refused = 0;
        for (int i = 0; i < DamagesPerImage; i++)
        {
            DiskImage damaged = image.Clone();
            string what = $"container {container}, {steps} steps, damage {i}: {Damage(damaged, aged.Image, slots, random)}";
            try
            {
                var store = kind.Open(new SimulatedDisk(damaged, Options).Open(), TestContainer.Deterministic());
                store.LastSequence.ShouldBe(oracle.LastSequence, what);
                refused += oracle.VerifyReadable(store, oracle.LastSequence) > 0 ? 1 : 0;
                store.Abandon();
            }
            catch (Exception failure) when (failure is ContainerFormatException or StoreDamageException || failure is IOException { InnerException: StoreDamageException })
            {
                unopened++;
            }
            catch (Exception failure)
            {
                throw new SimulationFailureException($"{what}: {failure.Message}", failure);
            }
        }

        output.WriteLine($"Of {DamagesPerImage} damaged volumes {unopened} did not open, {refused} refused some reads.");
        (unopened + refused).ShouldBeLessThan(DamagesPerImage, "most structures have a second copy");
    }

    private static SimulatedDiskOptions Options => new() { Seed = 1, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = true };

    /// <summary>Nodes, blocks, chains, log, roots: whatever the workload wrote.</summary>
    private static IEnumerable<long> WrittenSlots(DiskTrace trace) =>
        Enumerable.Range(0, trace.Count)
            .Select(i => trace[i])
            .Where(operation => (operation.Kind & DiskOperations.Write) != DiskOperations.None)
            .SelectMany(operation => Enumerable.Range(0, (int)Math.Max(1, operation.Length / Slot)).Select(i => (operation.Offset / Slot) + i))
            .Distinct();

    /// <summary>Header and roots again, so that they are hit as often as their worth asks.</summary>
    private static IEnumerable<long> FixedSlots()
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            for (int again = 0; again < 20; again++)
            {
                yield return Geometry.HeaderOffset(copy) / Slot;
                yield return Geometry.RootOffset(copy, 0) / Slot;
                yield return Geometry.RootOffset(copy, 1) / Slot;
            }
        }
    }

    private static string Damage(DiskImage image, DiskImage older, long[] slots, Random random)
    {
        long slot = slots[random.Next(slots.Length)];
        byte[] bytes = new byte[Slot];
        switch (random.Next(4))
        {
            case 0:
                long offset = (slot * Slot) + random.Next(Slot);
                image.FlipBit(offset, random.Next(8));
                return $"a bit of byte {offset} (slot {slot})";
            case 1:
                image.Write(slot * Slot, bytes);
                return $"slot {slot} zeroed";
            case 2:
                long other = slots[random.Next(slots.Length)];
                byte[] otherBytes = new byte[Slot];
                image.Read(slot * Slot, bytes);
                image.Read(other * Slot, otherBytes);
                image.Write(slot * Slot, otherBytes);
                image.Write(other * Slot, bytes);
                return $"slots {slot} and {other} swapped";
            default:
                if ((slot + 1) * Slot <= older.Length)
                {
                    older.Read(slot * Slot, bytes);
                    image.Write(slot * Slot, bytes);
                }

                return $"slot {slot} as it was before";
        }
    }
}
