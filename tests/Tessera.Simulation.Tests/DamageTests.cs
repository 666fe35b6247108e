using Tessera.Container.Format;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>Anything on the medium may rot, be swapped or be put back as it was: the answer is right, or says damage.</summary>
[Trait("Campaign", "crash-simulation")]
public sealed class DamageTests(ITestOutputHelper output)
{
    private const int Slot = Geometry.SlotSize;
    private const int Steps = 120;
    private static readonly int DamagesPerImage = CampaignSize.IsFull ? 2000 : 60;

    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            for (int container = 0; container < AgedContainer.Kinds.Count; container++)
            {
                cases.Add(container, Steps);
                cases.Add(container, 0);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Damaged_slot_is_never_read_as_something_else(int container, int steps)
    {
        var subject = new DamagedContainer(container, steps);
        long[] slots = [.. subject.WrittenSlots, .. FixedSlots(AgedContainer.Kinds[container].Places)];
        var random = new Random((container * 1000) + steps);
        int noticed = 0;
        for (int i = 0; i < DamagesPerImage; i++)
        {
            DiskImage damaged = subject.Image.Clone();
            string what = Damage(damaged, subject.Older, slots, random);
            noticed += subject.Judge(damaged, $"container {container}, {steps} steps, damage {i}: {what}") ? 1 : 0;
        }

        output.WriteLine($"Of {DamagesPerImage} damaged volumes {noticed} refused to open or to read something.");
        noticed.ShouldBeLessThan(DamagesPerImage, "most structures have a second copy");
    }

    /// <summary>Also right after an open, when the older root kept knows nothing of the newer session's log.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Damaged_log_never_loses_what_is_known_durable(int container, int steps)
    {
        var subject = new DamagedContainer(container, steps);
        long[] slots = [.. subject.LogSlots];
        int stride = Math.Max(1, slots.Length / DamagesPerImage);
        int noticed = 0;
        for (int i = 0; i < slots.Length; i += stride)
        {
            DiskImage damaged = subject.Image.Clone();
            damaged.Write(slots[i] * Geometry.SlotSize, new byte[Geometry.SlotSize]);
            noticed += subject.Judge(damaged, $"container {container}, {steps} steps, log slot {slots[i]} zeroed") ? 1 : 0;
        }

        if (AgedContainer.Kinds[container].Parity is null)
        {
            noticed.ShouldBePositive("some of the slots are needed");
        }
        else if (AgedContainer.Kinds[container].FileBytes == 0)
        {
            noticed.ShouldBe(0, "each slot of the log has copies"); // Of a folder the place may be a stamp's, which is noticed.
        }
    }

    /// <summary>Header and roots again, so that they are hit as often as their worth asks.</summary>
    private static IEnumerable<long> FixedSlots(FixedPlaces places)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            for (int again = 0; again < 20; again++)
            {
                yield return places.HeaderOffset(copy) / Slot;
                yield return places.RootOffset(copy, 0) / Slot;
                yield return places.RootOffset(copy, 1) / Slot;
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
