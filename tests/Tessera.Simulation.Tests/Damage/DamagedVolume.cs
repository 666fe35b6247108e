using System.Collections.Concurrent;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Repairing;
using Tessera.Container.Scrubbing;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Repairing;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>A volume on a simulated disk all whose states are known, to be damaged, read, repaired and compared with them.</summary>
internal sealed class DamagedVolume
{
    /// <summary>Commits at the end of a volume that is not closed, each durable and in a sector of its own. The log's end cannot be told from a power cut, so the
    /// last of them may go without a word; damage to fewer sectors than these takes nothing before them without one.</summary>
    private const int Markers = 8;
    private static readonly VolumeOptions Writing = new() { BackgroundWriteBack = false, BackgroundWorkers = false };
    private static readonly VolumeOptions Looking = new() { ReadOnly = true, BackgroundWriteBack = false };
    private static readonly ConcurrentDictionary<(TestContainer, bool), Lazy<Task<DamagedVolume>>> Made = new();
    private readonly TestContainer container;

    private DamagedVolume(TestContainer container) => this.container = container;

    /// <summary>The volume as it was left.</summary>
    public DiskImage Image { get; private set; } = null!;

    /// <summary>The same volume a while before, closed.</summary>
    public DiskImage Older { get; private set; } = null!;

    /// <summary>What <see cref="Older"/> holds.</summary>
    public KnownState OlderState { get; private set; } = null!;

    public KnownHistory History { get; } = new();

    /// <summary>The last commit that no damage to a few slots takes away without a word.</summary>
    public ulong KnownDurable { get; private set; }

    /// <summary>Both places of every tree node.</summary>
    public List<(ulong First, ulong Second)> Nodes { get; } = [];

    /// <summary>Slots that hold something, but for the log.</summary>
    public List<long> Slots { get; } = [];

    /// <summary>Slots of the log that were written since <see cref="Older"/>, and are nothing else since.</summary>
    public List<long> LogSlots { get; } = [];

    /// <param name="container">The kind of container.</param>
    /// <param name="closes">Whether it is closed in good order; otherwise it is left as by a kill, with much in its log.</param>
    /// <returns>Never changed: what is damaged is a copy of its image.</returns>
    public static Task<DamagedVolume> OfAsync(TestContainer container, bool closes = true) =>
        Made.GetOrAdd((container, closes), static key => new Lazy<Task<DamagedVolume>>(() => NewAsync(key.Item1, key.Item2))).Value;

    /// <summary>Reads, checks, repairs, checks again and compares.</summary>
    /// <param name="damaged">A damaged copy; it is repaired.</param>
    /// <param name="what">What was done to it, for messages.</param>
    /// <param name="least">The earliest commit that may be found to be the last without a word.</param>
    /// <param name="planted">A planted bug.</param>
    /// <exception cref="SimulationFailureException">Wrong bytes, an unlisted loss, a mixture of states, or a volume that is not in order.</exception>
    public async Task<Judgement> JudgeAsync(DiskImage damaged, string what, ulong least, PlantedMistakes? planted = null)
    {
        planted ??= PlantedMistakes.None;
        try
        {
            await ReadDamagedAsync(damaged.Clone(), least, planted);
            return await RepairAsync(damaged, least, planted);
        }
        catch (Exception failure) when (failure is not SimulationFailureException)
        {
            throw new SimulationFailureException($"{what}: {failure}", failure);
        }
        catch (SimulationFailureException failure)
        {
            throw new SimulationFailureException($"{what}: {failure.Message}", failure);
        }
    }

    private static async Task<DamagedVolume> NewAsync(TestContainer container, bool closes)
    {
        var made = new DamagedVolume(container);
        await made.MakeAsync(closes);
        return made;
    }

    private async Task MakeAsync(bool closes)
    {
        var disk = new SimulatedDisk(Options with { Traced = true });
        container.Format(disk);
        await using (ContainerStore empty = container.Open(disk.Open()))
        {
            await Volume.FormatAsync(empty, new SteppingClock(), Caller.Engine);
        }

        await WorkAsync(disk, 1, closes: true, static (work, _) => work.FillAsync("first"));
        Older = disk.ImageAfterKill().Freeze();
        OlderState = History.Last;
        int since = disk.Trace.Count;
        await WorkAsync(disk, 2, closes, async (work, store) =>
        {
            await work.ChangeAsync("second", store.Checkpoint);
            await work.MarkAsync("the last that is known durable");
            KnownDurable = History.Last.Sequence;
            for (int i = 0; i < Markers; i++)
            {
                await work.MarkAsync($"marker {i}");
            }
        });
        KnownDurable = closes ? History.Last.Sequence : KnownDurable;
        Image = disk.ImageAfterKill().Freeze();
        await using (ContainerStore left = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true }))
        {
            AddNodes(left, left.Root.Tree);
        }

        Slots.AddRange(SlotsWritten(disk.Trace, 0, DiskOperations.DirectWrite | DiskOperations.DurableWrite));
        LogSlots.AddRange(SlotsLastWritten(disk.Trace, since, DiskOperations.CachedWrite));
    }

    private async Task WorkAsync(SimulatedDisk disk, int seed, bool closes, Func<DamageWorkload, ContainerStore, Task> work)
    {
        ContainerStore store = container.Open(disk.Open());
        Volume volume = await Volume.OpenAsync(store, Writing, new SteppingClock());
        await work(new DamageWorkload(store, volume, History, seed), store);
        if (closes)
        {
            await volume.CloseAsync();
            await store.DisposeAsync();
        }
        else
        {
            disk.Kill();
            store.Abandon();
        }
    }

    private static IEnumerable<long> SlotsWritten(DiskTrace trace, int since, DiskOperations kinds) =>
        Enumerable.Range(since, trace.Count - since)
            .Select(i => trace[i])
            .Where(operation => (operation.Kind & kinds) != DiskOperations.None)
            .SelectMany(operation => Enumerable.Range(0, (int)Math.Max(1, operation.Length / Geometry.SlotSize)).Select(i => (operation.Offset / Geometry.SlotSize) + i))
            .Distinct();

    /// <summary>Not those that a checkpoint gave back and that hold something else by now.</summary>
    private static IEnumerable<long> SlotsLastWritten(DiskTrace trace, int since, DiskOperations kind)
    {
        var last = new Dictionary<long, DiskOperations>();
        for (int i = since; i < trace.Count; i++)
        {
            if ((trace[i].Kind & (DiskOperations.DirectWrite | kind)) != DiskOperations.None)
            {
                for (int slot = 0; slot < Math.Max(1, trace[i].Length / Geometry.SlotSize); slot++)
                {
                    last[(trace[i].Offset / Geometry.SlotSize) + slot] = trace[i].Kind;
                }
            }
        }

        return last.Where(slot => (slot.Value & kind) != DiskOperations.None).Select(static slot => slot.Key);
    }

    private void AddNodes(ContainerStore store, byte[] encoded)
    {
        var reference = new NodeReference(encoded);
        for (int i = 0; i < reference.PlacementsPerCopy; i++)
        {
            Nodes.Add((reference.Placement(0, i), reference.Placement(1, i)));
        }

        Container.Tree.Node node = store.Parts.Nodes.Read(reference);
        for (int i = 0; i < node.Count && !node.IsLeaf; i++)
        {
            AddNodes(store, node.Child(i).ToArray());
        }
    }

    /// <summary>As it is: right answers of one state, or an error.</summary>
    private async Task ReadDamagedAsync(DiskImage image, ulong least, PlantedMistakes planted)
    {
        ContainerStore store;
        try
        {
            store = container.Open(new SimulatedDisk(image, Options).Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true });
        }
        catch (Exception refused) when (refused is ContainerFormatException or StoreDamageException)
        {
            return;
        }

        await using (store)
        {
            Require(store.LastSequence >= least, $"it opens with commit {store.LastSequence} as the last, and {least} is known to be durable");
            Volume volume;
            try
            {
                volume = await Volume.OpenAsync(planted.Reading(store), Looking, new SteppingClock());
            }
            catch (IOException)
            {
                return;
            }

            await new StateComparison(volume, History.At(store.LastSequence), losses: null).RunAsync();
            await volume.CloseAsync();
        }
    }

    private async Task<Judgement> RepairAsync(DiskImage image, ulong least, PlantedMistakes planted)
    {
        var disk = new SimulatedDisk(image, Options);
        var checking = new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock };
        ContainerStore store;
        SalvageReport salvaged;
        try
        {
            store = ContainerRepair.Open(container.Wrap(disk.Open()), container.VolumeKey, TestContainer.Deterministic() with { Host = TestContainer.Host }, checking, out salvaged);
        }
        catch (ContainerFormatException)
        {
            return new Judgement(0, State: null);
        }

        bool isTold = salvaged.LostCommits > 0 || salvaged.UnusableGeneration > 0;
        Require(isTold || salvaged.LastSequence >= least, $"it is repaired with commit {salvaged.LastSequence} as the last; {least} is known to be durable, and nothing was told");
        VolumeRepairReport report = await VolumeRepair.RunAsync(store, planted.Telling(store.LostRanges), new SteppingClock(), static () => { }, CancellationToken.None);
        await store.ForgetLostAsync();
        if (container.Parity is not null)
        {
            ContainerScrub.Run(store, new ScrubOptions { Blocks = VolumeBlocks.TryReadBlock, BytesPerSecond = 0 }); // As the command does.
        }

        await store.DisposeAsync();
        await CheckAsync(disk);
        await SpoilAsync(disk, planted);
        KnownState state = History.At(salvaged.LastSequence);
        await using ContainerStore repaired = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true });
        Volume volume = await Volume.OpenAsync(repaired, Looking, new SteppingClock());
        await new StateComparison(volume, state, planted.Listing(report.Losses)).RunAsync();
        await volume.CloseAsync();
        return new Judgement(report.Losses.Count, state);
    }

    private async Task CheckAsync(SimulatedDisk disk)
    {
        using (SimulatedMedium medium = disk.Open(readOnly: true))
        {
            CheckReport check = ContainerChecker.Check(container.Wrap(medium), container.VolumeKey, new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock });
            Require(check.IsClean, $"after the repair the container is not in order: {string.Join("; ", check.Findings.Take(3))}");
        }

        await using ContainerStore store = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true });
        VolumeCheckReport logic = await VolumeChecker.CheckAsync(store, new VolumeCheckOptions { ReadBlocks = true });
        Require(logic.IsClean, $"after the repair the volume is not in order: {string.Join("; ", logic.Findings.Take(3))}");
    }

    private async Task SpoilAsync(SimulatedDisk disk, PlantedMistakes planted)
    {
        if (planted.Spoiling is { } spoil)
        {
            await using ContainerStore store = container.Open(disk.Open());
            Volume volume = await Volume.OpenAsync(store, Writing, new SteppingClock());
            await spoil(volume);
            await volume.CloseAsync();
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException(otherwise);
        }
    }

    private static SimulatedDiskOptions Options => TestContainer.Disk(1);
}
