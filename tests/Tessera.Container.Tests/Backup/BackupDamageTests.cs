using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Tests.Media;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Backup;

/// <summary>Damaged, missing, swapped and foreign files; rolled back and diverged volumes; interruptions.</summary>
public sealed class BackupDamageTests : IDisposable
{
    private readonly TemporaryDirectory temporary = TemporaryDirectory.Create();
    private readonly TestContainer container = new(ContainerProfile.Sealed, PlacementKind.Local);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));
    private readonly ModelVolume volume;

    public BackupDamageTests()
    {
        container.Format(disk);
        volume = new ModelVolume(container, 1);
        volume.Open(disk.Open());
    }

    public void Dispose()
    {
        volume.Store.Abandon();
        temporary.Dispose();
    }

    [Fact]
    public async Task Any_flipped_bit_is_found_before_a_volume_is_there()
    {
        string path = (await BackUpAsync()).Path;
        byte[] whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var random = new Random(5);
        for (int i = 0; i < 60; i++)
        {
            byte[] damaged = [.. whole];
            int at = i switch { < 20 => random.Next(400), < 40 => whole.Length - 1 - random.Next(144), _ => random.Next(whole.Length) };
            damaged[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, damaged, TestContext.Current.CancellationToken);
            var target = new SimulatedDisk(TestContainer.Disk(2));
            Should.Throw<BackupException>(() => Restore(target), $"byte {at}").Message.ShouldContain(Path.GetFileName(path));
            ShouldHoldNoVolume(target);
        }

        await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        Restore(new SimulatedDisk(TestContainer.Disk(2)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(10_000)]
    [InlineData(-1)]
    [InlineData(-144)]
    public async Task Truncated_file_is_refused_by_restore_and_by_the_next_increment(int length)
    {
        string path = (await BackUpAsync()).Path;
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(length < 0 ? file.Length + length : length);
        }

        Should.Throw<BackupException>(() => Restore(new SimulatedDisk(TestContainer.Disk(2)))).Message.ShouldContain(path);
        (await RefusedAsync()).Message.ShouldContain(path);
    }

    [Fact]
    public async Task Missing_link_is_named()
    {
        await BackUpAsync();
        BackupResult middle = await BackUpAsync();
        await BackUpAsync();
        File.Delete(middle.Path);
        BackupException failure = Should.Throw<BackupException>(() => Restore(new SimulatedDisk(TestContainer.Disk(2))));
        failure.Fault.ShouldBe(BackupFault.Missing);
        failure.Message.ShouldContain(middle.Header.FileName);
        (await RefusedAsync()).Fault.ShouldBe(BackupFault.Missing);
    }

    [Fact]
    public async Task Swapped_increments_are_found()
    {
        await BackUpAsync();
        BackupResult second = await BackUpAsync();
        BackupResult third = await BackUpAsync();
        string aside = temporary.File("aside");
        File.Move(second.Path, aside);
        File.Move(third.Path, second.Path);
        File.Move(aside, third.Path);
        Should.Throw<BackupException>(() => Restore(new SimulatedDisk(TestContainer.Disk(2)), third.Header.Generation)).Message.ShouldContain("renamed");
    }

    [Fact]
    public async Task Forged_header_is_found_by_the_next_increment()
    {
        // A higher sequence in the header, its name and hashes intact, would make the next increment leave out what changed.
        string path = (await BackUpAsync()).Path;
        byte[] forged = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        forged[86] ^= 1;
        await File.WriteAllBytesAsync(path, forged, TestContext.Current.CancellationToken);
        (await RefusedAsync()).Fault.ShouldBe(BackupFault.WrongKey);
    }

    [Fact]
    public async Task Wrong_key_is_told_before_the_target_is_touched()
    {
        await BackUpAsync();
        var target = new SimulatedDisk(TestContainer.Disk(2));
        using SimulatedMedium medium = target.Open();
        BackupException failure = Should.Throw<BackupException>(() => VolumeRestore.ToMedium(temporary.Path, medium, new byte[32], ModelVolume.Restore));
        failure.Fault.ShouldBe(BackupFault.WrongKey);
        medium.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Volume_rolled_back_is_refused()
    {
        DiskImage old = disk.ImageAfterKill();
        await volume.WorkAsync(100);
        await BackUpAsync();
        var copy = new ModelVolume(container, 3);
        copy.Open(new SimulatedDisk(old, TestContainer.Disk(3)).Open());
        copy.Store.Root.Generation.ShouldBeLessThan(volume.Store.Root.Generation);
        (await RefusedAsync(copy)).Fault.ShouldBe(BackupFault.Diverged);
        (await RefusedAsync(copy, full: true)).Fault.ShouldBe(BackupFault.Diverged);
        copy.Store.Abandon();
    }

    [Fact]
    public async Task Copy_that_went_its_own_way_gets_no_increment_although_its_generation_is_newer()
    {
        DiskImage old = disk.ImageAfterKill();
        BackupResult newest = await BackUpAsync();
        var copy = new ModelVolume(container, 3);
        copy.Open(new SimulatedDisk(old, TestContainer.Disk(3)).Open());
        while (copy.Store.Root.Generation <= newest.Header.Generation)
        {
            copy.Store.Checkpoint();
        }

        (await RefusedAsync(copy)).Fault.ShouldBe(BackupFault.Diverged);
        BackupResult full = await VolumeBackup.RunAsync(copy.Store, temporary.Path, ModelVolume.Options with { Full = true });
        full.Header.IsFull.ShouldBeTrue();
        copy.Store.Abandon();
    }

    [Fact]
    public async Task Restored_volume_may_go_on_with_the_backup_it_came_from()
    {
        await volume.WorkAsync(100);
        await BackUpAsync();
        Dictionary<int, byte[]> content = volume.Snapshot();
        var target = new SimulatedDisk(TestContainer.Disk(2));
        Restore(target);
        ContainerStore restored = container.Open(target.Open(), TestContainer.Deterministic());
        BackupResult increment = await VolumeBackup.RunAsync(restored, temporary.Path, ModelVolume.Options);
        increment.Header.IsFull.ShouldBeFalse();
        await restored.DisposeAsync();
        var again = new SimulatedDisk(TestContainer.Disk(3));
        Restore(again);
        await VolumeBackupTests.CheckRestoredAsync(container, again, content);
    }

    [Fact]
    public async Task Another_volume_in_the_directory_is_refused()
    {
        await BackUpAsync();
        var other = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local) { VolumeId = Guid.NewGuid() };
        var otherDisk = new SimulatedDisk(TestContainer.Disk(4));
        other.Format(otherDisk);
        var stranger = new ModelVolume(other, 4);
        stranger.Open(otherDisk.Open());
        (await RefusedAsync(stranger)).Fault.ShouldBe(BackupFault.OtherVolume);
        stranger.Store.Abandon();
    }

    [Fact]
    public async Task Interrupted_backup_leaves_the_earlier_ones_and_the_next_one_works()
    {
        BackupResult first = await BackUpAsync();
        Dictionary<int, byte[]> content = volume.Snapshot();
        await volume.WorkAsync(100);
        using var stop = new CancellationTokenSource();
        BackupOptions stopped = ModelVolume.Options with
        {
            Blocks = (key, value, out block) =>
            {
                stop.Cancel();
                return ModelVolume.Options.Blocks(key, value, out block);
            },
            Cancellation = stop.Token,
        };
        await Should.ThrowAsync<OperationCanceledException>(() => VolumeBackup.RunAsync(volume.Store, temporary.Path, stopped));
        Directory.EnumerateFiles(temporary.Path, "*.tsb*").ShouldBe([first.Path]);

        // As after a power cut: the remains of one that nobody could clean up.
        await File.WriteAllTextAsync(temporary.File("incr-77.tsb.partial"), "half", TestContext.Current.CancellationToken);
        var target = new SimulatedDisk(TestContainer.Disk(2));
        Restore(target);
        await VolumeBackupTests.CheckRestoredAsync(container, target, content);
        BackupResult next = await BackUpAsync();
        next.Header.BaseId.ShouldBe(first.Header.Id);
        Directory.EnumerateFiles(temporary.Path, "*.partial").ShouldBeEmpty();
    }

    [Fact]
    public async Task Restore_cut_short_anywhere_leaves_no_volume()
    {
        await volume.WorkAsync(50);
        await BackUpAsync();
        DiskTrace trace = SimulatedDisk.Record(TestContainer.Disk(6), target => VolumeRestore.ToMedium(temporary.Path, target, container.VolumeKey, ModelVolume.Restore));
        int whole = 0;
        foreach (PowerCut cut in trace.PickCuts(60, 6))
        {
            var after = new SimulatedDisk(trace.ImageAfterCut(cut), TestContainer.Disk(7));
            try
            {
                ContainerStore store = container.Open(after.Open(), TestContainer.Deterministic());
                await ModelVolume.CheckAsync(store, volume.Content);
                store.Abandon();
                whole++;
            }
            catch (IOException failure) when (failure is ContainerFormatException or MediumException)
            {
                // No volume: as it should be, until the last root is written.
            }
        }

        whole.ShouldBeLessThan(30);
    }

    [Fact]
    public async Task Restore_killed_before_its_end_is_in_nobodys_way_and_one_under_way_is_not_touched()
    {
        await BackUpAsync();
        string unfinished = temporary.File(".restored.restoring");
        using (FileMedium.Create(unfinished, Geometry.SlotSize))
        {
            Should.Throw<BackupException>(() => RestoreToFile()).Fault.ShouldBe(BackupFault.InUse);
            File.Exists(unfinished).ShouldBeTrue();
        }

        RestoreToFile().Check.IsClean.ShouldBeTrue();
        File.Exists(unfinished).ShouldBeFalse();
    }

    [Fact]
    public async Task Restore_over_a_file_leaves_it_alone_and_one_that_fails_leaves_none()
    {
        BackupResult backup = await BackUpAsync();
        await File.WriteAllTextAsync(temporary.File("restored"), "precious", TestContext.Current.CancellationToken);
        Should.Throw<MediumException>(() => RestoreToFile());
        (await File.ReadAllTextAsync(temporary.File("restored"), TestContext.Current.CancellationToken)).ShouldBe("precious");
        File.Delete(temporary.File("restored"));

        byte[] damaged = await File.ReadAllBytesAsync(backup.Path, TestContext.Current.CancellationToken);
        damaged[^1] ^= 1;
        await File.WriteAllBytesAsync(backup.Path, damaged, TestContext.Current.CancellationToken);
        Should.Throw<BackupException>(() => RestoreToFile());
        Directory.EnumerateFiles(temporary.Path, "*restor*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Length_in_a_forged_header_is_not_believed()
    {
        string path = (await BackUpAsync()).Path;
        byte[] forged = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(forged.AsSpan(96), (uint)Geometry.MaxGroups);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(104), (long)Geometry.MaxGroups * Geometry.GroupSize);
        await File.WriteAllBytesAsync(path, forged, TestContext.Current.CancellationToken);

        Should.Throw<BackupException>(() => RestoreToFile()).Fault.ShouldBe(BackupFault.WrongKey);
    }

    [Fact]
    public async Task Verification_alone_finds_what_a_restore_would()
    {
        BackupResult full = await BackUpAsync();
        BackupResult increment = await BackUpAsync();
        VerifyResult whole = VolumeRestore.VerifyOnly(temporary.Path, container.VolumeKey, ModelVolume.Restore);
        (whole.Header, whole.Files, whole.Bytes).ShouldBe((increment.Header, 2, full.FileBytes + increment.FileBytes));

        byte[] damaged = await File.ReadAllBytesAsync(full.Path, TestContext.Current.CancellationToken);
        damaged[damaged.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(full.Path, damaged, TestContext.Current.CancellationToken);
        Should.Throw<BackupException>(() => VolumeRestore.VerifyOnly(temporary.Path, container.VolumeKey, ModelVolume.Restore)).Message.ShouldContain(full.Path);
    }

    [Fact]
    public async Task Damaged_block_is_told_and_left_out_and_the_rest_restores()
    {
        await volume.PutBlockAsync(1, volume.Bytes(30_000));
        await volume.PutBlockAsync(2, volume.Bytes(30_000));
        disk.FlipBit(SlotAddress.Offset(volume.BlockOf(1).Address) + 9000, 3);
        var heard = new List<string>();
        BackupResult result = await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options with { Report = heard.Add });
        result.DamagedBlocks.ShouldBe(1);
        heard.ShouldHaveSingleItem().ShouldContain($"{volume.BlockOf(1).Address:x}");
        RestoreResult restored = VolumeRestore.ToFile(temporary.Path, temporary.File("restored"), container.VolumeKey, ModelVolume.Restore);
        restored.Check.Findings.ShouldHaveSingleItem().Kind.ShouldBe(FindingKind.BlockDamaged);
        restored.Check.Blocks.ShouldBe(2);
    }

    [Fact]
    public async Task Node_with_one_damaged_copy_is_restored_whole()
    {
        for (int key = 0; key < 300; key++)
        {
            await volume.PutAsync(key, volume.Bytes(200));
        }

        volume.Store.Checkpoint();
        disk.FlipBit(SlotAddress.Offset(new NodeReference(volume.Store.Root.Tree).Placement(0, 0)) + 100, 1);
        var heard = new List<string>();
        await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options with { Report = heard.Add });
        VolumeRestore.ToFile(temporary.Path, temporary.File("restored"), container.VolumeKey, ModelVolume.Restore).Check.IsClean.ShouldBeTrue();
    }

    [Fact]
    public async Task Second_backup_into_the_directory_at_the_same_time_is_refused()
    {
        BackupException? second = null;
        BackupOptions during = ModelVolume.Options with
        {
            Blocks = (key, value, out block) =>
            {
                second ??= RefusedAsync().GetAwaiter().GetResult();
                return ModelVolume.Options.Blocks(key, value, out block);
            },
        };
        await volume.PutAsync(1, volume.Bytes(10));
        await VolumeBackup.RunAsync(volume.Store, temporary.Path, during);
        second.ShouldNotBeNull().Fault.ShouldBe(BackupFault.InUse);
    }

    [Fact]
    public async Task Key_slots_are_read_from_a_backup_without_a_key()
    {
        await BackUpAsync();
        BackupCatalog.Entry newest = BackupCatalog.Read(temporary.Path).Newest.ShouldNotBeNull();
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            byte[] onDisk = new byte[Geometry.KeySlotsLength];
            disk.ImageAfterKill().Read(FixedPlaces.Ordinary.KeySlotsOffset(copy), onDisk);
            VolumeRestore.ReadKeySlots(newest, copy).ShouldBe(onDisk);
        }
    }

    private void ShouldHoldNoVolume(SimulatedDisk target)
    {
        if (target.ImageAfterKill().Length > 0)
        {
            Should.Throw<ContainerFormatException>(() => container.Open(target.Open(), TestContainer.Deterministic()));
        }
    }

    private RestoreResult RestoreToFile() =>
        VolumeRestore.ToFile(temporary.Path, temporary.File("restored"), container.VolumeKey, ModelVolume.Restore);

    private async Task<BackupResult> BackUpAsync()
    {
        await volume.WorkAsync(60);
        return await VolumeBackup.RunAsync(volume.Store, temporary.Path, ModelVolume.Options);
    }

    private async Task<BackupException> RefusedAsync(ModelVolume? other = null, bool full = false) => await Should.ThrowAsync<BackupException>(
        () => VolumeBackup.RunAsync((other ?? volume).Store, temporary.Path, ModelVolume.Options with { Full = full }));

    private void Restore(SimulatedDisk target, ulong? generation = null)
    {
        using SimulatedMedium medium = target.Open();
        VolumeRestore.ToMedium(temporary.Path, medium, container.VolumeKey, ModelVolume.Restore with { Generation = generation });
    }
}
