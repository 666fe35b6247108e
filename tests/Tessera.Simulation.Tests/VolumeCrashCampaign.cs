using System.Globalization;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Testing.Volumes;

namespace Tessera.Simulation.Tests;

/// <summary>One seed: programs at work on files, recorded once, then cut short in many ways; after each, what recovery finds is compared with the reference, the
/// recovery cut short itself, and compared again.</summary>
/// <param name="seed">Decides the kind of container, whether it is full, the workload and the cuts.</param>
/// <param name="bug">A planted mistake; none in the campaign proper.</param>
internal sealed class VolumeCrashCampaign(ulong seed, PlantedBug bug)
{
    /// <summary>So many seeds in a row have every kind of container, with room and full.</summary>
    public const int Kinds = 8;

    /// <summary>Recoveries that are cut short one after the other, after the first cut.</summary>
    private const int NestedCuts = 2;
    private const int Steps = 150;
    private const int StepsAfterRecovery = 8;
    private const int StepsAfterNestedRecovery = 3;

    /// <summary>Of the cuts of a run for every commit, the recovery of one in so many is cut short itself; at full size that of each.</summary>
    private const int NestedOneIn = 8;

    /// <summary>After one recovery in so many, everything is checked as fsck does.</summary>
    private const int CheckEvery = 8;

    private readonly TestContainer container = AgedContainer.Kinds[(int)(seed % 4)];
    private readonly bool isFull = seed / 4 % 2 == 0;

    /// <summary>Large tables leave the log's ring to fill first.</summary>
    private readonly long tableBytes = seed / 8 % 4 == 0 ? 16L << 20 : 64L << 10;

    /// <summary>Whether every recovery is cut short, and not only one in <see cref="NestedOneIn"/>.</summary>
    public bool CutsEveryRecovery { get; init; } = CampaignSize.IsFull;

    /// <summary>Recoveries judged, those of recoveries included.</summary>
    public int Recoveries { get; private set; }

    /// <summary>Operations that the full volume refused while it was recorded.</summary>
    public int Refusals { get; private set; }

    /// <summary>Records and cuts.</summary>
    /// <exception cref="SimulationFailureException">A promise was broken; the message says how to repeat it.</exception>
    public void Run(int cuts)
    {
        (DiskTrace trace, ReferenceHistory history) = Record();
        foreach (PowerCut cut in trace.PickCuts(cuts, seed))
        {
            Judge(trace, history, cut, CutsEveryRecovery || cut.Seed % NestedOneIn == 1 ? NestedCuts : 0);
        }
    }

    /// <summary>One cut alone, to look at a failure.</summary>
    public void RunOne(PowerCut cut)
    {
        (DiskTrace trace, ReferenceHistory history) = Record();
        Judge(trace, history, cut, NestedCuts);
    }

    private (DiskTrace Trace, ReferenceHistory History) Record()
    {
        var disk = new SimulatedDisk(AgedVolume.Of(container, isFull).Image, Options(traced: true));
        try
        {
            VolumeWorkload workload = AgedVolume.Of(container, isFull).Begin(disk, new VolumePlan { Seed = seed, TableBytes = tableBytes, Bug = bug });
            workload.Run(Steps);
            workload.Verify();
            Refusals = workload.Refusals;
            workload.Mounted.Kill();
            return (disk.Trace, workload.History);
        }
        catch (Exception failure)
        {
            throw new SimulationFailureException($"{Repeat()}: before any cut: {failure.Message}", failure);
        }
    }

    private void Judge(DiskTrace trace, ReferenceHistory history, PowerCut cut, int nested)
    {
        try
        {
            // One cut in eight is a mere kill: what was written is there, and so must be all that was acknowledged.
            bool isKill = cut.Seed % 8 == 0;
            DiskImage image = isKill ? trace.ImageAfterKill(cut.Operation) : trace.ImageAfterCut(cut);
            int acknowledged = history.AcknowledgedAt(cut.Operation);
            Recover(image, history, new VolumeCrash(isKill ? acknowledged : history.DurableAt(cut.Operation), acknowledged + 1, cut.Operation), new Depth(cut.Seed, 0, nested));
        }
        catch (Exception failure)
        {
            string during = cut.Operation < trace.Count ? trace[cut.Operation].ToString() : "nothing";
            throw new SimulationFailureException(
                $"{Repeat(cut)}: {cut}, during {during} ({cut.Operation} of {trace.Count}): {failure.Message}",
                failure);
        }
    }

    /// <summary>Opens what is left, compares it, goes on working, compares again; then cuts that short too, mostly during the recovery itself.</summary>
    private void Recover(DiskImage image, ReferenceHistory history, VolumeCrash crash, Depth depth)
    {
        Recoveries++;
        var disk = new SimulatedDisk(image, Options(traced: !depth.IsLast));
        var plan = new VolumePlan { Seed = depth.Luck, TableBytes = tableBytes, Reopens = false, Bug = bug };
        SimulatedVolume mounted = SimulatedVolume.Open(container, disk, plan);
        int opened = disk.Trace.Count;
        var workload = new VolumeWorkload(mounted, container, crash.Match(mounted, history), plan);
        workload.Run(depth.Number == 0 ? StepsAfterRecovery : StepsAfterNestedRecovery);
        workload.Verify();
        if (depth.Luck % CheckEvery == 0)
        {
            IReadOnlyList<string> findings = mounted.KillAndCheck();
            Require(findings.Count == 0, $"The check after recovery found {string.Join("; ", findings.Take(6))}");
        }
        else
        {
            mounted.Kill();
        }

        if (!depth.IsLast)
        {
            // Two in three during the recovery, where the bugs are.
            PowerCut cut = disk.Trace.PickCuts(1, depth.Luck)[0];
            cut = depth.Luck % 3 == 0 ? cut : cut with { Operation = (int)(cut.Seed % (ulong)opened) };
            ReferenceHistory next = workload.History;
            var nextCrash = new VolumeCrash(next.DurableAt(cut.Operation), next.AcknowledgedAt(cut.Operation) + 1, cut.Operation);
            Recover(disk.Trace.ImageAfterCut(cut), next, nextCrash, new Depth(cut.Seed, depth.Number + 1, depth.Last));
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException(otherwise);
        }
    }

    private string Repeat(PowerCut? cut = null)
    {
        string one = cut is { } only ? string.Create(CultureInfo.InvariantCulture, $" CAMPAIGN_CUT={only.Operation},{only.Seed},{only.Mode}") : "";
        return $"CAMPAIGN_SEED={seed}{one} dotnet run --project tests/Tessera.Simulation.Tests -- -explicit only -method '*Files_of_seed_from*' repeats this";
    }

    private SimulatedDiskOptions Options(bool traced) =>
        new() { Seed = seed, LengthBytes = 0, CapacityBytes = AgedVolume.HostBytes, Traced = traced };

    /// <summary>Which recovery this is.</summary>
    /// <param name="Luck">Decides what happens after it, and where it is cut.</param>
    /// <param name="Number">0 after the first cut, 1 after the cut of that recovery, and so on.</param>
    /// <param name="Last">The number of the one that is not cut.</param>
    private readonly record struct Depth(ulong Luck, int Number, int Last)
    {
        public bool IsLast => Number == Last;
    }
}
