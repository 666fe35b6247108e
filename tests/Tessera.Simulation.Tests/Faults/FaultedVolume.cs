using System.Collections.Immutable;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Media;
using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;
using Tessera.Volumes.Checking;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>The script on a disk with one fault, and the judgement of what programs saw and what is left.</summary>
internal sealed class FaultedVolume
{
    private static readonly Dictionary<TestContainer, Lazy<Task<(DiskImage Image, ImmutableSortedDictionary<string, string> State)>>> s_starts =
        AgedContainer.Kinds.ToDictionary(kind => kind, kind => new Lazy<Task<(DiskImage, ImmutableSortedDictionary<string, string>)>>(() => MakeAsync(kind)));

    private static readonly CutMode[] s_cuts = [CutMode.Nothing, CutMode.Sectors];
    private readonly TestContainer container;
    private readonly Func<IMedium, IMedium> plant;
    private readonly List<string> reports = [];
    private VolumeModel model = null!;
    private ContainerStore? store;
    private Volume? volume;

    /// <param name="container">The kind of container.</param>
    /// <param name="plant">Puts a mistake between container and disk; null for none.</param>
    public FaultedVolume(TestContainer container, Func<IMedium, IMedium>? plant = null)
    {
        this.container = container;
        this.plant = plant ?? (static medium => medium);
    }

    public SimulatedDisk Disk { get; private set; } = null!;

    public bool IsOpen => volume is not null;

    public Volume Volume => volume!;

    public async Task PrepareAsync()
    {
        (DiskImage image, ImmutableSortedDictionary<string, string> state) = await s_starts[container].Value;
        Disk = new SimulatedDisk(image, Options);
        model = new VolumeModel(state);
    }

    /// <summary>Opens and works; false when the open itself met the fault and said so.</summary>
    public async Task<bool> RunAsync()
    {
        try
        {
            store = container.Open(plant(Disk.Open()), TestContainer.Deterministic() with { Report = reports.Add });
            volume = await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());
        }
        catch (IOException)
        {
            return false;
        }

        await new VolumeScript(store, volume, model).RunAsync();
        return true;
    }

    /// <summary>What programs were told, and what three kinds of end leave.</summary>
    public async Task JudgeAsync(string what)
    {
        Disk.Faults.Clear();
        if (volume is not null)
        {
            await JudgeLiveAsync(what);
        }

        Disk.Kill();
        store?.Abandon();
        await JudgeImageAsync(Disk.ImageAfterKill(), model.JudgeKilled, $"{what}, then a kill");
        foreach (CutMode mode in s_cuts)
        {
            await JudgeImageAsync(Disk.ImageAfterCut(1, mode), model.JudgeCut, $"{what}, then a power cut ({mode})");
        }
    }

    public void RequireNoError(string what)
    {
        if (model.Errors > 0 || store!.IsReadOnly)
        {
            throw new SimulationFailureException($"{what}: {model.Errors} errors although nothing failed.");
        }
    }

    private static SimulatedDiskOptions Options => new() { Seed = 1, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = true };

    /// <summary>A store that gave up says so, once, and some program heard of it; what is readable stays readable.</summary>
    private async Task JudgeLiveAsync(string what)
    {
        if (store!.IsReadOnly && (store.Fault is null || reports.Count(report => report.Contains("read-only", StringComparison.Ordinal)) != 1))
        {
            throw new SimulationFailureException($"{what}: the volume is read-only without having said why, once: {string.Join(" | ", reports)}");
        }

        if (store.IsReadOnly && model.Errors == 0)
        {
            throw new SimulationFailureException($"{what}: the volume turned read-only and no program was told.");
        }

        Require(model.JudgeLive(await VolumeState.OfAsync(volume!)), $"{what}: programs see something else");
    }

    private async Task JudgeImageAsync(DiskImage image, Func<ImmutableSortedDictionary<string, string>, string?> judge, string what)
    {
        try
        {
            var disk = new SimulatedDisk(image, Options);
            ContainerStore reopened = container.Open(disk.Open());
            Volume found = await Volume.OpenAsync(reopened, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());
            Require(judge(await VolumeState.OfAsync(found)), what);
            await found.CloseAsync();
            await reopened.DisposeAsync();
            await RequireSoundAsync(disk, what);
        }
        catch (IOException failure)
        {
            throw new SimulationFailureException($"{what}: {failure.Message}", failure);
        }
    }

    private async Task RequireSoundAsync(SimulatedDisk disk, string what)
    {
        using (SimulatedMedium medium = disk.Open(readOnly: true))
        {
            var blocks = new VolumeBlocks();
            CheckReport report = ContainerChecker.Check(medium, container.VolumeKey, new CheckOptions { Blocks = blocks.TryGetBlock, ReadBlocks = false });
            Require(report.Findings.Count == 0 ? null : string.Join('\n', report.Findings), $"{what}: the container is not sound");
        }

        ContainerStore checkedStore = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true });
        VolumeCheckReport check = await VolumeChecker.CheckAsync(checkedStore, CancellationToken.None);
        Require(check.IsClean ? null : string.Join('\n', check.Findings), $"{what}: the volume is not sound");
        checkedStore.Abandon();
    }

    private static void Require(string? wrong, string what)
    {
        if (wrong is not null)
        {
            throw new SimulationFailureException($"{what}:\n{wrong}");
        }
    }

    /// <summary>A volume with a few small files and one that fills the first group.</summary>
    private static async Task<(DiskImage Image, ImmutableSortedDictionary<string, string> State)> MakeAsync(TestContainer container)
    {
        var disk = new SimulatedDisk(new SimulatedDiskOptions { Seed = 1, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes });
        container.Format(disk);
        ContainerStore made = container.Open(disk.Open());
        await Volume.FormatAsync(made, new SteppingClock(), VolumeState.Root);
        Volume filled = await Volume.OpenAsync(made, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());
        foreach ((string name, int length) in VolumeScript.Small.Append((VolumeScript.Filler, VolumeScript.FillerMebibytes << 20)))
        {
            ulong ino = (await filled.MakeNodeAsync(VolumeState.Root, FsLimits.RootInode, VolumeScript.Name(name), new NewNode(VolumeScript.FileMode, 0, default))).Value.Ino;
            await filled.WriteAsync(VolumeState.Root, new FileSpan(ino, 0, 0), VolumeScript.Pattern(length, length), WriteFlags.None);
            (await filled.FlushAsync(VolumeState.Root, ino, 0)).ShouldBe(FsError.None);
        }

        ImmutableSortedDictionary<string, string> state = await VolumeState.OfAsync(filled);
        await filled.CloseAsync();
        await made.DisposeAsync();
        return (disk.ImageAfterKill().Freeze(), state);
    }
}
