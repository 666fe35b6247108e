namespace Tessera.Simulation.Tests.Adversary;

/// <summary>What a watcher measures on a trace of writes: numbers with names, in an order that is the same for every trace.</summary>
internal static class TraceFeatures
{
    /// <summary>Of an interval, cut at so many writes: how much was written shows, and is no question.</summary>
    public static IReadOnlyList<(string Name, double Value)> Of(IReadOnlyList<SlotWrite> writes, int count)
    {
        writes.Count.ShouldBeGreaterThanOrEqualTo(count);
        long[] slots = [.. writes.Take(count).Select(write => write.Slot)];
        long[] sorted = [.. slots.Order()];
        double[] steps = [.. slots.Zip(slots.Skip(1), (a, b) => (double)(b - a))];
        double[] gaps = [.. sorted.Zip(sorted.Skip(1), (a, b) => (double)(b - a))];
        double mean = slots.Average();
        return
        [
            ("longest write", writes.Take(count).Max(write => write.Slots)),
            ("slots written twice", count - slots.Distinct().Count()),
            ("mean slot", mean),
            ("spread", slots.Average(slot => (slot - mean) * (slot - mean))),
            ("steps up", steps.Count(step => step > 0)),
            ("mean step", steps.Average(Math.Abs)),
            ("shortest step", steps.Min(Math.Abs)),
            ("every second step", steps.Where((_, i) => i % 2 == 0).Average(Math.Abs)),
            ("neighbours", gaps.Count(gap => gap == 1)),
            ("widest gap", gaps.Max()),
            ("even slots", slots.Count(slot => slot % 2 == 0)),
        ];
    }

    /// <summary>Of two writes, how the first differs from the second: one went to a slot that holds data, the other was a decoy.</summary>
    public static IReadOnlyList<(string Name, double Value)> Of(IReadOnlyList<SlotWrite> writes, int first, int second)
    {
        (string Name, double Value)[] one = [.. OfOne(writes, first)];
        return [.. one.Zip(OfOne(writes, second), (a, b) => (a.Name, a.Value - b.Value))];
    }

    private static IEnumerable<(string Name, double Value)> OfOne(IReadOnlyList<SlotWrite> writes, int at)
    {
        SlotWrite write = writes[at];
        yield return ("place in the trace", at);
        yield return ("place in its pair", at % 2);
        yield return ("slot", write.Slot);
        yield return ("length", write.Slots);
        yield return ("times written", writes.Count(other => other.Slot == write.Slot));
        yield return ("step to it", at == 0 ? 0 : Math.Abs(write.Slot - writes[at - 1].Slot));
        yield return ("step from it", at + 1 == writes.Count ? 0 : Math.Abs(write.Slot - writes[at + 1].Slot));
        yield return ("odd slot", write.Slot % 2);
    }
}
