using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Tests.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Backup;

public sealed class VolumeBackupTests : IDisposable
{
    private readonly TemporaryDirectory temporary = TemporaryDirectory.Create();

    public static TheoryData<ContainerProfile, PlacementKind, ulong> Kinds => new()
    {
        { ContainerProfile.Sealed, PlacementKind.Local, 1 },
        { ContainerProfile.Sealed, PlacementKind.Local, 2 },
        { ContainerProfile.Sealed, PlacementKind.Local, 3 },
        { ContainerProfile.Plain, PlacementKind.Local, 4 },
        { ContainerProfile.Sealed, PlacementKind.Scattered, 5 },
        { ContainerProfile.Sealed, PlacementKind.Scattered, 6 },
    };

    public void Dispose() => temporary.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_generation_backed_up_restores_to_what_the_volume_was(ContainerProfile profile, PlacementKind placement, ulong seed)
    {
        var container = new TestContainer(profile, placement);
        var disk = new SimulatedDisk(TestContainer.Disk(seed));
        container.Format(disk);
        var volume = new ModelVolume(container, seed);
        var taken = new List<(ulong Generation, Dictionary<int, byte[]> Content)>();
        for (int round = 0; round < 3; round++)
        {
            volume.Open(disk.Open());
            for (int backup = 0; backup < 3; backup++)
            {
                await volume.WorkAsync(150);
                BackupResult result = await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options with { Full = round == 2 && backup == 0 });
                result.DamagedBlocks.ShouldBe(0);
                result.Header.IsFull.ShouldBe(backup == 0 && (round is 0 or 2));
                taken.Add((result.Header.Generation, volume.Snapshot()));
            }

            volume.DiscardUnclaimed();
            await volume.Store.DisposeAsync();
        }

        foreach ((ulong generation, Dictionary<int, byte[]> content) in taken)
        {
            var restored = new SimulatedDisk(TestContainer.Disk(seed + 100));
            using (SimulatedMedium target = restored.Open())
            {
                VolumeRestore.ToMedium(temporary.Path, target, container.VolumeKey, ModelVolume.Restore with { Generation = generation });
            }

            await CheckRestoredAsync(container, restored, content);
        }
    }

    [Fact]
    public async Task Restored_volume_draws_a_session_of_its_own_and_lives_on()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        (SimulatedDisk disk, ModelVolume volume) = Make(container, 7);
        await volume.WorkAsync(100);
        await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);
        Dictionary<int, byte[]> content = volume.Snapshot();
        SimulatedDisk restored = Restore(container, 8);

        ContainerStore copy = container.Open(restored.Open(), new ContainerOptions { Background = false });
        await using (copy.ConfigureAwait(false))
        {
            copy.Root.Session.ShouldBeGreaterThan(volume.Store.Root.Session);
            copy.Root.Sessions.Salt.ShouldNotBe(volume.Store.Root.Sessions.Salt);
            await ModelVolume.CheckAsync(copy, content);
        }

        await volume.Store.DisposeAsync();
        disk.Open(readOnly: true).Dispose();
    }

    [Fact]
    public async Task Increment_copies_only_what_is_new()
    {
        (_, ModelVolume volume) = Make(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local), 9);
        for (int key = 0; key < 20; key++)
        {
            await volume.PutBlockAsync(key, volume.Bytes(500_000));
        }

        BackupResult full = await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);
        await volume.PutBlockAsync(3, volume.Bytes(100_000));
        BackupResult increment = await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);

        full.FileBytes.ShouldBeGreaterThan(20 * 500_000);
        full.Blocks.ShouldBe(20);
        increment.Header.BaseId.ShouldBe(full.Header.Id);
        increment.Blocks.ShouldBe(1);
        increment.FileBytes.ShouldBeLessThan(500_000);
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task Volume_in_a_file_is_backed_up_restored_and_verified()
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        string path = temporary.File("volume");
        string backups = temporary.File("backups");
        using (FileMedium made = FileMedium.Create(path, 0))
        {
            container.Format(made);
        }

        var volume = new ModelVolume(container, 10);
        volume.Open(FileMedium.Open(path));
        await volume.WorkAsync(300);
        await VolumeBackup.RunAsync(volume.Store, backups, ModelVolume.Options);
        await volume.WorkAsync(300);
        BackupResult increment = await VolumeBackup.RunAsync(volume.Store, backups, ModelVolume.Options);
        Dictionary<int, byte[]> content = volume.Snapshot();
        await volume.WorkAsync(50);
        await volume.Store.DisposeAsync();

        var heard = new List<BackupProgress>();
        RestoreResult result = VolumeRestore.ToFile(backups, temporary.File("restored"), container.VolumeKey, ModelVolume.Restore with { Progress = heard.Add });
        result.Header.ShouldBe(increment.Header);
        result.Files.ShouldBe(2);
        result.Check.IsClean.ShouldBeTrue(result.Check.Findings.FirstOrDefault()?.What);
        heard.ShouldNotBeEmpty();
        (File.GetUnixFileMode(increment.Path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None);
        await using ContainerStore restored = container.Open(FileMedium.Open(temporary.File("restored")));
        await ModelVolume.CheckAsync(restored, content);
    }

    [Fact]
    public async Task Restore_over_an_old_volume_finds_none_of_its_log()
    {
        // The medium holds a later state of the very same volume: its log records would authenticate.
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        (SimulatedDisk disk, ModelVolume volume) = Make(container, 11);
        await volume.WorkAsync(100);
        await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);
        Dictionary<int, byte[]> content = volume.Snapshot();
        for (int key = 0; key < 50; key++)
        {
            await volume.PutAsync(key, volume.Bytes(100));
        }

        var old = new SimulatedDisk(disk.ImageAfterKill(), TestContainer.Disk(12));
        using (SimulatedMedium target = old.Open())
        {
            VolumeRestore.ToMedium(temporary.Path, target, container.VolumeKey, ModelVolume.Restore);
        }

        await CheckRestoredAsync(container, old, content);
        await volume.Store.DisposeAsync();
    }

    [Fact]
    public async Task No_plain_text_reaches_the_backup()
    {
        (_, ModelVolume volume) = Make(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local), 13);
        byte[] secret = "the treasure is buried under the old oak tree"u8.ToArray();
        await volume.PutAsync(1, secret);
        await volume.PutBlockAsync(2, [.. secret, .. volume.Bytes(5000), .. secret]);
        BackupResult result = await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);
        File.ReadAllBytes(result.Path).AsSpan().IndexOf(secret).ShouldBe(-1);
        await volume.Store.DisposeAsync();
    }

    internal static async Task CheckRestoredAsync(TestContainer container, SimulatedDisk restored, Dictionary<int, byte[]> content)
    {
        using (SimulatedMedium medium = restored.Open(readOnly: true))
        {
            CheckReport report = ContainerChecker.Check(medium, container.VolumeKey, new CheckOptions { Blocks = ModelVolume.Options.Blocks });
            report.Findings.ShouldBeEmpty();
        }

        ContainerStore readOnly = container.Open(restored.Open(readOnly: true), new ContainerOptions { ReadOnly = true, Background = false });
        await ModelVolume.CheckAsync(readOnly, content);
        await readOnly.DisposeAsync();
        await using ContainerStore writable = container.Open(restored.Open(), TestContainer.Deterministic());
        await ModelVolume.CheckAsync(writable, content);
        writable.Checkpoint();
        writable.Checkpoint();
        await ModelVolume.CheckAsync(writable, content);
    }

    private static (SimulatedDisk Disk, ModelVolume Volume) Make(TestContainer container, ulong seed)
    {
        var disk = new SimulatedDisk(TestContainer.Disk(seed));
        container.Format(disk);
        var volume = new ModelVolume(container, seed);
        volume.Open(disk.Open());
        return (disk, volume);
    }

    private SimulatedDisk Restore(TestContainer container, ulong seed)
    {
        var restored = new SimulatedDisk(TestContainer.Disk(seed));
        using SimulatedMedium target = restored.Open();
        VolumeRestore.ToMedium(temporary.Path, target, container.VolumeKey, ModelVolume.Restore);
        return restored;
    }
}
