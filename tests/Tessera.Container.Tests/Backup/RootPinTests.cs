using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Tests.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Backup;

/// <summary>A pinned root stays whole while the volume works, and gives everything back.</summary>
public sealed class RootPinTests : IDisposable
{
    private const long Mebibyte = 1 << 20;
    private readonly TemporaryDirectory temporary = TemporaryDirectory.Create();

    public static TheoryData<PlacementKind, ulong> Kinds => new()
    {
        { PlacementKind.Local, 1 },
        { PlacementKind.Local, 2 },
        { PlacementKind.Scattered, 3 },
    };

    public void Dispose() => temporary.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Backup_of_a_volume_that_changes_under_it_is_of_the_moment_it_began(PlacementKind placement, ulong seed)
    {
        var container = new TestContainer(ContainerProfile.Sealed, placement);
        ModelVolume volume = Make(container, seed, sizeLimit: 64 * Mebibyte);
        await ChurnAsync(volume, puts: 2000, seed); // So that what is there lies everywhere, also where new slots are looked for next.
        Dictionary<int, byte[]> before = volume.Snapshot();

        // Much is overwritten and checkpointed during the copy: without a pin its slots would be reused.
        int steps = 0;
        var slow = new BackupOptions
        {
            Blocks = (ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block) =>
            {
                if (++steps % 50 == 0)
                {
                    ChurnAsync(volume, puts: 250, seed + (ulong)steps).GetAwaiter().GetResult();
                }

                return ModelVolume.Options.Blocks(key, value, out block);
            },
        };
        BackupResult result = await VolumeBackup.RunAsync(volume.Store, temporary.Path, slow);
        steps.ShouldBeGreaterThan(100);
        result.DamagedBlocks.ShouldBe(0);

        await CheckRestoredAsync(container, before);
        await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);
        await CheckRestoredAsync(container, volume.Snapshot());
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task Backups_beside_a_busy_writer_are_prefixes_of_its_commits()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        string path = temporary.File("volume");
        using (FileMedium made = FileMedium.Create(path, 0))
        {
            container.Format(made);
        }

        var volume = new ModelVolume(container, 9);
        volume.Open(FileMedium.Open(path), new ContainerOptions { TableBytes = 64 * 1024 });
        using var enough = new CancellationTokenSource();
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var history = new List<Dictionary<int, byte[]>> { volume.Snapshot() };
        Task writer = Task.Run(
            async () =>
            {
                for (int i = 0; !enough.IsCancellationRequested; i++)
                {
                    await volume.PutBlockAsync(i % 50, volume.Bytes(3000));
                    history.Add(volume.Snapshot());
                    if (i == 10)
                    {
                        busy.SetResult(); // Not before: on a machine full of work the backups could be done before the writer began.
                    }
                }
            },
            TestContext.Current.CancellationToken);
        await Task.WhenAny(busy.Task, writer);
        var taken = new List<ulong>();
        for (int i = 0; i < 5; i++)
        {
            taken.Add((await VolumeBackup.RunAsync(volume.Store, temporary.File("backups"), ModelVolume.Options)).Header.Generation);
        }

        await enough.CancelAsync();
        await writer;
        await volume.Store.DisposeAsync();
        history.Count.ShouldBeGreaterThan(10);
        foreach (ulong generation in taken)
        {
            string restored = temporary.File($"restored-{generation}");
            RestoreResult result = VolumeRestore.ToFile(
                temporary.File("backups"), restored, container.VolumeKey, ModelVolume.Restore with { Generation = generation });
            result.Check.Findings.ShouldBeEmpty();
            await using ContainerStore store = container.Open(FileMedium.Open(restored), TestContainer.Deterministic());

            // One commit a state; the backup's own entries take numbers too, so the state is looked for, not counted.
            Dictionary<int, byte[]> found = await ModelVolume.ReadAsync(store);
            history.Exists(state => state.Count == found.Count && state.All(entry => found[entry.Key].SequenceEqual(entry.Value)))
                .ShouldBeTrue($"generation {generation}: {found.Count} entries");
        }
    }

    [Fact]
    public async Task Slots_given_up_under_a_pin_come_back_when_it_goes()
    {
        ModelVolume volume = Make(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local), 4);
        await FillAsync(volume, blocks: 20);
        Settle(volume);
        ulong used = volume.Store.GetStatistics().UsedBytes;
        using (RootPin pin = volume.Store.PinRoot())
        {
            await FillAsync(volume, blocks: 20);
            Settle(volume);
            volume.Store.GetStatistics().UsedBytes.ShouldBeGreaterThan(used + (17 * Mebibyte));
            pin.IsHeld.ShouldBeTrue();
        }

        volume.Store.GetStatistics().UsedBytes.ShouldBeLessThan(used + Mebibyte);
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task Two_pins_keep_what_the_older_needs_until_both_are_gone()
    {
        ModelVolume volume = Make(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local), 5);
        await FillAsync(volume, blocks: 10);
        Settle(volume);
        ulong used = volume.Store.GetStatistics().UsedBytes;
        RootPin older = volume.Store.PinRoot();
        await FillAsync(volume, blocks: 10);
        RootPin newer = volume.Store.PinRoot();
        await FillAsync(volume, blocks: 10);
        Settle(volume);
        older.Dispose();
        volume.Store.GetStatistics().UsedBytes.ShouldBeInRange(used + (9 * Mebibyte), used + (11 * Mebibyte));
        newer.Dispose();
        volume.Store.GetStatistics().UsedBytes.ShouldBeLessThan(used + Mebibyte);
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task Volume_that_needs_the_room_ends_the_pin_and_goes_on()
    {
        ModelVolume volume = Make(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local), 6, sizeLimit: 64 * Mebibyte);
        await FillAsync(volume, blocks: 20);
        using RootPin pin = volume.Store.PinRoot();
        for (int round = 0; round < 6; round++)
        {
            await FillAsync(volume, blocks: 20);
        }

        pin.IsHeld.ShouldBeFalse();
        volume.Store.Fault.ShouldBeNull();
        await ModelVolume.CheckAsync(volume.Store, volume.Content);
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task Backup_whose_pin_is_lost_fails_and_leaves_no_file()
    {
        ModelVolume volume = Make(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local), 7, sizeLimit: 64 * Mebibyte);
        await FillAsync(volume, blocks: 20);
        int steps = 0;
        var slow = new BackupOptions
        {
            Blocks = (ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block) =>
            {
                if (++steps == 3)
                {
                    ChurnAsync(volume, puts: 5000, 7).GetAwaiter().GetResult();
                }

                return ModelVolume.Options.Blocks(key, value, out block);
            },
        };
        BackupException refused = await Should.ThrowAsync<BackupException>(() => VolumeBackup.RunAsync(volume.Store, temporary.Path, slow));
        refused.Fault.ShouldBe(BackupFault.OutOfRoom);
        Directory.EnumerateFiles(temporary.Path, "*.tsb*").ShouldBeEmpty();
        volume.Store.Fault.ShouldBeNull();
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task Read_only_volume_cannot_be_pinned()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(8));
        container.Format(disk);
        ContainerStore store = container.Open(disk.Open(readOnly: true), new ContainerOptions { ReadOnly = true, Background = false });
        Should.Throw<MediumException>(store.PinRoot).Fault.ShouldBe(MediumFault.ReadOnly);
        await store.DisposeAsync();
    }

    private static async Task FillAsync(ModelVolume volume, int blocks)
    {
        for (int key = 0; key < blocks; key++)
        {
            await volume.PutBlockAsync(key, volume.Bytes((int)Mebibyte * 9 / 10));
        }
    }

    private static async Task ChurnAsync(ModelVolume volume, int puts, ulong seed)
    {
        var random = new Random((int)seed);
        for (int i = 0; i < puts; i++)
        {
            await volume.PutBlockAsync(random.Next(400), volume.Bytes(Math.Min(volume.Store.MaxBlockLength, 20_000)));
            if (i % 100 == 99)
            {
                Settle(volume);
            }
        }
    }

    /// <summary>What was given up before is free after two checkpoints, unless it is kept.</summary>
    private static void Settle(ModelVolume volume)
    {
        volume.Store.Checkpoint();
        volume.Store.Checkpoint();
    }

    private static ModelVolume Make(TestContainer container, ulong seed, long sizeLimit = 0)
    {
        var disk = new SimulatedDisk(TestContainer.Disk(seed));
        container.Format(disk, sizeLimit);
        var volume = new ModelVolume(container, seed);
        volume.Open(disk.Open());
        return volume;
    }

    private async Task CheckRestoredAsync(TestContainer container, Dictionary<int, byte[]> content)
    {
        var restored = new SimulatedDisk(TestContainer.Disk(99));
        using (SimulatedMedium target = restored.Open())
        {
            VolumeRestore.ToMedium(temporary.Path, target, container.VolumeKey, ModelVolume.Restore);
        }

        await VolumeBackupTests.CheckRestoredAsync(container, restored, content);
    }
}
