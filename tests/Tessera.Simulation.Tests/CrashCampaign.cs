using System.Globalization;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests;

/// <summary>One seed: a workload recorded once, then cut short in many ways; after each, recovery is judged by the oracle, cut short itself, and judged again.</summary>
/// <param name="seed">Decides the kind of container, the workload and the cuts.</param>
/// <param name="bug">A planted mistake; none in the campaign proper.</param>
internal sealed class CrashCampaign(ulong seed, PlantedBug bug)
{
    /// <summary>Recoveries that are cut short one after the other, after the first cut.</summary>
    private const int NestedCuts = 2;
    private const int Steps = 250;
    private const int StepsAfterRecovery = 12;
    private const int StepsAfterNestedRecovery = 3;

    /// <summary>One recovery in so many writes all free space full.</summary>
    private const int FillUpEvery = 16;

    /// <summary>After one recovery in so many, every slot is accounted for.</summary>
    private const int CheckEvery = 8;

    private readonly TestContainer container = AgedContainer.Kinds[(int)(seed % (ulong)AgedContainer.Kinds.Count)];
    private readonly bool isTight = seed / (ulong)AgedContainer.Kinds.Count % 2 == 0;

    /// <summary>Large tables leave the log's ring to fill first.</summary>
    private readonly long tableBytes = seed / (2 * (ulong)AgedContainer.Kinds.Count) % 4 == 0 ? 16L << 20 : 64L << 10;

    /// <summary>Records and cuts.</summary>
    /// <exception cref="SimulationFailureException">A promise was broken; the message says how to repeat it.</exception>
    public void Run(int cuts)
    {
        AgedContainer aged = AgedContainer.Of(container, isTight);
        StoreOracle oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        (DiskTrace trace, TracedNotes notes) = Record(aged.Image, oracle);
        foreach (PowerCut cut in trace.PickCuts(cuts, seed))
        {
            Judge(trace, notes, oracle, cut);
        }
    }

    /// <summary>One cut alone, to look at a failure.</summary>
    public void RunOne(PowerCut cut)
    {
        AgedContainer aged = AgedContainer.Of(container, isTight);
        StoreOracle oracle = aged.Oracle.ForkAt(aged.Oracle.LastSequence);
        (DiskTrace trace, TracedNotes notes) = Record(aged.Image, oracle);
        Judge(trace, notes, oracle, cut);
    }

    private (DiskTrace Trace, TracedNotes Notes) Record(DiskImage start, StoreOracle oracle)
    {
        var disk = new SimulatedDisk(start, Options(traced: true));
        var notes = new TracedNotes(disk.Trace, first: null) { Ahead = bug.NotesAhead };
        try
        {
            var workload = new StoreWorkload(container, disk, _ => oracle, new WorkloadPlan { Seed = seed, TableBytes = tableBytes, Bug = bug, Memory = notes });
            workload.Run(Steps);
            RequireWritable(workload);
            oracle.Verify(workload.Store, oracle.LastSequence);
            workload.Store.Abandon();
        }
        catch (Exception failure)
        {
            throw new SimulationFailureException($"{Repeat()}: before any cut: {failure.Message}", failure);
        }

        return (disk.Trace, notes);
    }

    private void Judge(DiskTrace trace, TracedNotes notes, StoreOracle oracle, PowerCut cut)
    {
        try
        {
            // One cut in eight is a mere kill: what was written is there, and so must be all that was acknowledged.
            bool isKill = cut.Seed % 8 == 0;
            DiskImage image = isKill ? trace.ImageAfterKill(cut.Operation) : trace.ImageAfterCut(cut);
            ulong least = isKill ? oracle.AcknowledgedAt(cut.Operation) : oracle.DurableAt(cut.Operation);
            Recover((image, notes.At(cut.Operation)), oracle, new Bounds(least, oracle.AcknowledgedAt(cut.Operation) + 1), cut.Seed, NestedCuts);
        }
        catch (Exception failure)
        {
            string during = cut.Operation < trace.Count ? trace[cut.Operation].ToString() : "nothing";
            throw new SimulationFailureException(
                $"{Repeat(cut)}: {cut}, during {during} ({cut.Operation} of {trace.Count}): {failure.Message}",
                failure);
        }
    }

    /// <summary>Opens what is left, which is never older than what is remembered, asks the oracle, goes on working, asks again; then cuts that short too, mostly during the recovery itself.</summary>
    private void Recover((DiskImage Image, byte[]? Note) left, StoreOracle oracle, Bounds bounds, ulong luck, int nested)
    {
        var disk = new SimulatedDisk(left.Image, Options(traced: nested > 0));
        var notes = new TracedNotes(disk.Trace, left.Note);
        int opened = 0;
        var workload = new StoreWorkload(
            container,
            disk,
            store =>
            {
                opened = disk.Trace.Count;
                oracle = Verify(store, oracle, bounds);
                return oracle;
            },
            new WorkloadPlan { Seed = luck, TableBytes = tableBytes, Reopens = false, Memory = notes });
        workload.Run(nested == NestedCuts ? StepsAfterRecovery : StepsAfterNestedRecovery);
        if (isTight && luck % FillUpEvery == 1)
        {
            workload.FillUp();
        }

        RequireWritable(workload);
        oracle.Verify(workload.Store, oracle.LastSequence);
        workload.Store.Abandon();
        if (luck % CheckEvery == 0)
        {
            CheckReport report = container.Check(disk.Open(readOnly: true));
            Require(report.IsClean, $"The check after recovery found {string.Join("; ", report.Findings.Take(3).Select(finding => finding.What))}");
        }

        if (nested > 0)
        {
            // Two in three during the recovery, where the bugs are.
            PowerCut cut = disk.Trace.PickCuts(1, luck)[0];
            cut = luck % 3 == 0 ? cut : cut with { Operation = (int)(cut.Seed % (ulong)opened) };
            var next = new Bounds(oracle.DurableAt(cut.Operation), oracle.AcknowledgedAt(cut.Operation) + 1);
            Recover((disk.Trace.ImageAfterCut(cut), notes.At(cut.Operation)), oracle, next, cut.Seed, nested - 1);
        }
    }

    private static void RequireWritable(StoreWorkload workload) =>
        Require(!workload.Stopped, $"The store turned read-only without a fault of the disk: {workload.Store.Fault}");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException(otherwise);
        }
    }

    /// <summary>What was found is the state after some commit: no promise broken, no commit out of order.</summary>
    private static StoreOracle Verify(ContainerStore store, StoreOracle oracle, Bounds bounds)
    {
        ulong found = store.LastSequence;
        Require(
            found >= bounds.Least && found <= bounds.Most,
            $"Commit {found} is the last found; {bounds.Least} was promised, {bounds.Most} at most begun.");
        oracle.Verify(store, found);
        return oracle.ForkAt(found);
    }

    private string Repeat(PowerCut? cut = null)
    {
        string one = cut is { } only ? string.Create(CultureInfo.InvariantCulture, $" CAMPAIGN_CUT={only.Operation},{only.Seed},{only.Mode}") : "";
        return $"CAMPAIGN_SEED={seed}{one} dotnet run --project tests/Tessera.Simulation.Tests -- -explicit only -method '*Seed_from*' repeats this";
    }

    private SimulatedDiskOptions Options(bool traced) =>
        new() { Seed = seed, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = traced };

    private readonly record struct Bounds(ulong Least, ulong Most);
}
