using System.Text;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Repairing;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Repairing;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>A volume with a known tree on a simulated disk, to be damaged, read, repaired and compared with what it was.</summary>
internal sealed class DamagedVolume
{
    private const int Directories = 12;
    private const int FilesEach = 40;
    private static readonly Caller Root = new(0, 0, 1, Door.Internal, KernelChecked: true);
    private readonly TestContainer container;
    private readonly Dictionary<ulong, Known> files = [];

    private DamagedVolume(TestContainer container) => this.container = container;

    /// <summary>The closed volume.</summary>
    public DiskImage Image { get; private set; } = null!;

    /// <summary>The same volume a while before.</summary>
    public DiskImage Older { get; private set; } = null!;

    /// <summary>Both places of every tree node.</summary>
    public List<(ulong First, ulong Second)> Nodes { get; } = [];

    /// <summary>Slots that hold something.</summary>
    public List<long> Slots { get; } = [];

    /// <summary>Wraps the store that files are read through; for planted bugs.</summary>
    public Func<IVolumeStore, IVolumeStore> Reading { get; init; } = static store => store;

    /// <summary>What the repair is told is lost; for planted bugs.</summary>
    public Func<IReadOnlyList<KeyRange>, IReadOnlyList<KeyRange>> Telling { get; init; } = static lost => lost;

    /// <summary>What the repair lists; for planted bugs.</summary>
    public Func<IReadOnlyList<VolumeLoss>, IReadOnlyList<VolumeLoss>> Listing { get; init; } = static losses => losses;

    public static async Task<DamagedVolume> NewAsync(TestContainer container)
    {
        var made = new DamagedVolume(container);
        await made.MakeAsync();
        return made;
    }

    /// <summary>The same volume under a planted bug.</summary>
    public DamagedVolume With(
        Func<IVolumeStore, IVolumeStore>? reading = null,
        Func<IReadOnlyList<KeyRange>, IReadOnlyList<KeyRange>>? telling = null,
        Func<IReadOnlyList<VolumeLoss>, IReadOnlyList<VolumeLoss>>? listing = null)
    {
        var other = new DamagedVolume(container)
        {
            Image = Image,
            Older = Older,
            Reading = reading ?? Reading,
            Telling = telling ?? Telling,
            Listing = listing ?? Listing,
        };
        other.Nodes.AddRange(Nodes);
        other.Slots.AddRange(Slots);
        foreach ((ulong ino, Known known) in files)
        {
            other.files.Add(ino, known);
        }

        return other;
    }

    /// <summary>Reads, checks, repairs, checks again and compares; how many losses the repair listed, −1 when nothing can be repaired.</summary>
    /// <exception cref="SimulationFailureException">Wrong bytes, an unlisted loss, or a volume that is not in order.</exception>
    public async Task<int> JudgeAsync(DiskImage damaged, string what)
    {
        try
        {
            await ReadDamagedAsync(damaged.Clone());
            return await RepairAsync(damaged);
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

    private async Task MakeAsync()
    {
        var disk = new SimulatedDisk(Options with { Traced = true });
        container.Format(disk);
        await using (ContainerStore empty = container.Open(disk.Open()))
        {
            await Volume.FormatAsync(empty, new SteppingClock(), Root);
        }

        for (int half = 0; half < 2; half++)
        {
            ContainerStore store = container.Open(disk.Open());
            Volume volume = await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());
            await FillAsync(volume, half);
            await volume.CloseAsync();
            await store.DisposeAsync();
            Older = half == 0 ? disk.ImageAfterKill().Freeze() : Older;
        }

        Image = disk.ImageAfterKill().Freeze();
        await using (ContainerStore closed = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true }))
        {
            AddNodes(closed, closed.Root.Tree);
        }

        Slots.AddRange(Enumerable.Range(0, disk.Trace.Count)
            .Select(i => disk.Trace[i])
            .Where(operation => (operation.Kind & (DiskOperations.DirectWrite | DiskOperations.DurableWrite)) != DiskOperations.None)
            .SelectMany(operation => Enumerable.Range(0, (int)(operation.Length / Geometry.SlotSize)).Select(i => (operation.Offset / Geometry.SlotSize) + i))
            .Distinct());
    }

    private async Task FillAsync(Volume volume, int half)
    {
        var random = new Random(half + 1);
        for (int i = 0; i < Directories; i++)
        {
            string directoryName = $"directory {half}-{i}";
            ulong directory = await MakeNodeAsync(volume, FsLimits.RootInode, directoryName, ModeBits.Directory | 0x1ED, default);
            files[directory] = new Known($"/{directoryName}", directoryName, FsLimits.RootInode, null);
            for (int j = 0; j < FilesEach; j++)
            {
                string name = $"a file with a name of some length {j}";
                byte[] content = new byte[random.Next(8) == 0 ? random.Next(400_000) : random.Next(6000)];
                random.NextBytes(content);
                ulong ino = await MakeNodeAsync(volume, directory, name, ModeBits.Regular | 0x1A4, default);
                FsResult<int> written = await volume.WriteAsync(Root, new FileSpan(ino, 0, 0), content, WriteFlags.None);
                written.Error.ShouldBe(FsError.None);
                (await volume.FlushAsync(Root, ino, 0)).ShouldBe(FsError.None);
                files[ino] = new Known($"/{directoryName}/{name}", name, directory, content);
            }

            ulong link = await MakeNodeAsync(volume, directory, "link", ModeBits.Symlink | 0x1FF, Encoding.UTF8.GetBytes($"../target of {i}"));
            files[link] = new Known($"/{directoryName}/link", "link", directory, null);
        }
    }

    private static async Task<ulong> MakeNodeAsync(Volume volume, ulong parent, string name, uint mode, byte[]? target)
    {
        FsResult<InodeAttributes> made = await volume.MakeNodeAsync(Root, parent, Encoding.UTF8.GetBytes(name), new NewNode(mode, 0, target));
        made.Error.ShouldBe(FsError.None);
        return made.Value.Ino;
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

    /// <summary>As it is: right bytes, or an error.</summary>
    private async Task ReadDamagedAsync(DiskImage image)
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
            Volume volume;
            try
            {
                volume = await Volume.OpenAsync(Reading(store), new VolumeOptions { ReadOnly = true, BackgroundWriteBack = false }, new SteppingClock());
            }
            catch (IOException)
            {
                return;
            }

            foreach ((ulong ino, Known known) in files)
            {
                try
                {
                    await CompareAsync(volume, ino, known, losses: null);
                }
                catch (StoreDamageException)
                {
                    // An error, told as such: the door makes EIO of it.
                }
            }

            await volume.CloseAsync();
        }
    }

    private async Task<int> RepairAsync(DiskImage image)
    {
        var disk = new SimulatedDisk(image, Options);
        var checking = new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock };
        ContainerStore store;
        SalvageReport salvaged;
        try
        {
            store = ContainerRepair.Open(disk.Open(), container.VolumeKey, TestContainer.Deterministic() with { Host = TestContainer.Host }, checking, out salvaged);
        }
        catch (ContainerFormatException)
        {
            return -1;
        }

        VolumeRepairReport report = await VolumeRepair.RunAsync(store, Telling(store.LostRanges), new SteppingClock(), static () => { }, CancellationToken.None);
        await store.ForgetLostAsync();
        await store.DisposeAsync();
        await CheckAsync(disk);
        await CompareAllAsync(disk, Listing(report.Losses), isEarlier: salvaged.LostCommits > 0 || salvaged.UnusableGeneration > 0);
        return report.Losses.Count;
    }

    private async Task CheckAsync(SimulatedDisk disk)
    {
        using (SimulatedMedium medium = disk.Open(readOnly: true))
        {
            CheckReport check = ContainerChecker.Check(medium, container.VolumeKey, new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock });
            Require(check.IsClean, $"after the repair the container is not in order: {string.Join("; ", check.Findings.Take(3))}");
        }

        await using ContainerStore store = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true });
        VolumeCheckReport logic = await VolumeChecker.CheckAsync(store, new VolumeCheckOptions { ReadBlocks = true });
        Require(logic.IsClean, $"after the repair the volume is not in order: {string.Join("; ", logic.Findings.Take(3))}");
    }

    private async Task CompareAllAsync(SimulatedDisk disk, IReadOnlyList<VolumeLoss> losses, bool isEarlier)
    {
        await using ContainerStore store = container.Open(disk.Open(readOnly: true), TestContainer.Deterministic() with { ReadOnly = true });
        Volume volume = await Volume.OpenAsync(store, new VolumeOptions { ReadOnly = true, BackgroundWriteBack = false }, new SteppingClock());
        foreach ((ulong ino, Known known) in files)
        {
            await CompareAsync(volume, ino, known, isEarlier ? [] : losses, isEarlier);
        }

        await volume.CloseAsync();
    }

    /// <summary>One file. Without a list of losses only what is read has to be right.</summary>
    private async Task CompareAsync(Volume volume, ulong ino, Known known, IReadOnlyList<VolumeLoss>? losses, bool isEarlier = false)
    {
        bool isListed = losses is null || isEarlier || losses.Any(loss => Concerns(loss, ino, known));
        FsResult<InodeAttributes> found = await volume.LookupAsync(Root, known.Parent, Encoding.UTF8.GetBytes(known.Name));
        if (found.Error == FsError.Stale && losses is not null && files.TryGetValue(known.Parent, out Known? parent))
        {
            // Its directory is gone: what is told of that one is told of all below it.
            isListed |= losses.Any(loss => Concerns(loss, known.Parent, parent));
        }

        Require(found.Error == FsError.None || isListed, $"{known.Path} is not there ({found.Error}), and was not listed");
        if (found.Error != FsError.None || known.Content is null)
        {
            return;
        }

        Require(found.Value.Size == (ulong)known.Content.Length || isListed, $"{known.Path} has another length, and was not listed");
        await CompareBytesAsync(volume, found.Value.Ino, known, losses is null || isEarlier ? null : [.. losses.Where(loss => loss.Ino == ino && loss.Start is not null)]);
    }

    private static async Task CompareBytesAsync(Volume volume, ulong ino, Known known, VolumeLoss[]? lost)
    {
        const int Page = 4096;
        byte[] page = new byte[Page];
        for (int at = 0; at < known.Content!.Length; at += Page)
        {
            int length = Math.Min(Page, known.Content.Length - at);
            FsResult<int> read = await volume.ReadAsync(Root, new FileSpan(ino, 0, (ulong)at), page.AsMemory(0, length));
            bool isListed = lost is null || lost.Any(loss => loss.Start < at + length && loss.End > at);
            if (read.Error != FsError.None)
            {
                Require(isListed, $"{known.Path} cannot be read at {at} ({read.Error}), and that was not listed");
                continue;
            }

            Require(lost is null || !isListed, $"{known.Path} reads at {at}, and was listed as lost");
            bool isRight = page.AsSpan(0, read.Value).SequenceEqual(known.Content.AsSpan(at, read.Value));
            Require(isRight, $"{known.Path} has wrong bytes at {at}");
        }
    }

    private bool Concerns(VolumeLoss loss, ulong ino, Known known) =>
        loss.Ino == ino
        || (loss.Ino == known.Parent && (loss.Code == "names-lost" || (loss.Code == "name-removed" && loss.What.Contains($"'{known.Name}'", StringComparison.Ordinal))))
        || (files.TryGetValue(known.Parent, out Known? parent) && known.Parent != ino && Concerns(loss, known.Parent, parent) && loss.Code != "names-lost" && loss.Code != "inode-remade");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException(otherwise);
        }
    }

    private static SimulatedDiskOptions Options => TestContainer.Disk(1);

    private sealed record Known(string Path, string Name, ulong Parent, byte[]? Content);
}
