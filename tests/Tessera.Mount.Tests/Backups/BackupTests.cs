using System.Text;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Backups;

/// <summary>Backups by the shipped command, beside a mount that goes on working.</summary>
public sealed class BackupTests
{
    private const int NoSpaceCode = 10;
    private const int DamagedCode = 5;
    private const int UsageCode = 2;
    private const string Secret = "a sentence that must not be found in a backup";

    [Fact]
    public async Task Each_generation_restores_what_was_closed_before_it_while_programs_go_on_writing()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string tree = Path.Combine(volume.Path, "tree");
        SampleTree.Create(tree, files: 300, seed: 11);
        File.WriteAllText(Path.Combine(volume.Path, "secret"), string.Concat(Enumerable.Repeat(Secret, 1000)));
        string first = Path.Combine(volume.Scratch, "first");
        Programs.Run(volume.Scratch, "cp", "-a", tree, first);
        using var enough = new CancellationTokenSource();
        Task writer = WriteUntilAsync(Path.Combine(volume.Path, "busy"), enough.Token);

        JsonElement full = Backup(volume);
        File.WriteAllText(Path.Combine(tree, "later"), "between two backups");
        Directory.Delete(Path.Combine(tree, Path.GetFileName(Directory.EnumerateDirectories(tree).First())), recursive: true);
        string second = Path.Combine(volume.Scratch, "second");
        Programs.Run(volume.Scratch, "cp", "-a", tree, second);
        JsonElement increment = Backup(volume);

        await enough.CancelAsync();
        await writer;
        full.GetProperty("full").GetBoolean().ShouldBeTrue();
        increment.GetProperty("full").GetBoolean().ShouldBeFalse();
        increment.GetProperty("base_generation").GetInt64().ShouldBe(full.GetProperty("generation").GetInt64());
        volume.Check();
        Restore(volume, full, first);
        Restore(volume, increment, second);
        foreach (string file in Directory.EnumerateFiles(Place(volume)))
        {
            File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)).ShouldBe(-1, file);
        }
    }

    [Fact]
    public async Task A_backup_after_nothing_changed_is_small_and_an_unmounted_volume_has_backups_too()
    {
        await using TestVolume volume = TestVolume.Mounted();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), files: 300, seed: 12);
        long full = Backup(volume).GetProperty("bytes").GetInt64();
        volume.Unmount();

        string answer = TesseraCommand.Do("backup", volume.Volume, Place(volume), "--json", "--passphrase-file", volume.PassphraseFile);

        JsonElement increment = JsonDocument.Parse(answer).RootElement;
        increment.GetProperty("full").GetBoolean().ShouldBeFalse();
        increment.GetProperty("bytes").GetInt64().ShouldBeLessThan(full / 4);
        volume.Fsck();
    }

    [Fact]
    public async Task A_damaged_or_missing_file_is_named_and_nothing_is_restored_from_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), files: 50, seed: 13);
        string full = Backup(volume).GetProperty("path").GetString()!;
        File.WriteAllText(Path.Combine(volume.Path, "more"), "more");
        _ = Backup(volume);
        string restored = Path.Combine(volume.Scratch, "restored");
        ContainerFile.FlipBit(full, 200_000);

        ProgramResult damaged = TesseraCommand.Run("restore", Place(volume), restored, "--passphrase-file", volume.PassphraseFile);
        File.Delete(full);
        ProgramResult missing = TesseraCommand.Run("restore", Place(volume), restored, "--passphrase-file", volume.PassphraseFile);

        damaged.ExitCode.ShouldBe(DamagedCode, damaged.ToString());
        damaged.Error.ShouldContain(Path.GetFileName(full));
        missing.ExitCode.ShouldNotBe(0);
        missing.Error.ShouldContain(Path.GetFileName(full));
        File.Exists(restored).ShouldBeFalse();
        volume.Check();
    }

    [Fact]
    public async Task A_full_disk_ends_a_backup_and_earlier_ones_stay_whole()
    {
        await using TestVolume volume = TestVolume.Mounted();
        await using var disk = new ScratchDisk(volume.Scratch, "4M");
        File.WriteAllText(Path.Combine(volume.Path, "small"), "fits");
        TesseraCommand.Do("backup", volume.Path, disk.Path);
        byte[] content = new byte[8 << 20];
        new Random(14).NextBytes(content);
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), content);

        volume.Expect("control");
        ProgramResult result = TesseraCommand.Run("backup", volume.Path, disk.Path);

        result.ExitCode.ShouldBe(NoSpaceCode, result.ToString());
        Directory.EnumerateFiles(disk.Path, "*.partial").ShouldBeEmpty();
        string restored = Path.Combine(volume.Scratch, "restored");
        TesseraCommand.Do("restore", disk.Path, restored, "--passphrase-file", volume.PassphraseFile);
        byte[] whole = File.ReadAllBytes(restored);
        TesseraCommand.Run("restore", disk.Path, restored, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(UsageCode);
        File.ReadAllBytes(restored).AsSpan().SequenceEqual(whole).ShouldBeTrue("a restore touched a file that was there");
        volume.Check();
    }

    [Fact]
    public async Task A_backup_into_the_volume_itself_is_refused_wherever_it_is_seen()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string bound = Path.Combine(volume.Scratch, "bound");
        Directory.CreateDirectory(bound);

        TesseraCommand.Run("backup", volume.Path, Path.Combine(volume.Path, "inside")).ExitCode.ShouldBe(UsageCode);
        Programs.Run(volume.Scratch, "mount", "--bind", volume.Path, bound);
        try
        {
            TesseraCommand.Run("backup", volume.Path, Path.Combine(bound, "inside")).ExitCode.ShouldBe(UsageCode);
        }
        finally
        {
            Programs.Run(volume.Scratch, "umount", bound);
        }

        Directory.EnumerateFileSystemEntries(volume.Path).ShouldBeEmpty();
        volume.Check();
    }

    [Fact]
    public async Task A_daemon_killed_during_a_backup_leaves_volume_and_backups_sound()
    {
        await using TestVolume volume = TestVolume.Mounted();
        byte[] content = new byte[64 << 20];
        new Random(15).NextBytes(content);
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), content);
        Directory.CreateDirectory(Place(volume));
        using var watcher = new FileSystemWatcher(Place(volume), "*.partial");
        var begun = new TaskCompletionSource();
        watcher.Created += (_, _) => begun.TrySetResult();
        watcher.EnableRaisingEvents = true;

        Task<ProgramResult> backup = Task.Run(() => TesseraCommand.Run("backup", volume.Path, Place(volume)));
        await Task.WhenAny(begun.Task, backup);
        volume.Kill();
        ProgramResult result = await backup;

        if (result.ExitCode != 0)
        {
            Directory.EnumerateFiles(Place(volume), "*.tsb").ShouldBeEmpty("a backup that failed has a backup's name");
        }

        volume.Expect("ended");
        volume.Mount();
        JsonElement again = Backup(volume);
        again.GetProperty("damaged_blocks").GetInt64().ShouldBe(0);
        Directory.EnumerateFiles(Place(volume), "*.partial").ShouldBeEmpty();
        volume.Check();
    }

    private static string Place(TestVolume volume) => Path.Combine(volume.Scratch, "backups");

    private static JsonElement Backup(TestVolume volume) =>
        JsonDocument.Parse(TesseraCommand.Do("backup", volume.Path, Place(volume), "--json")).RootElement;

    /// <summary>Restores a generation, mounts it, and compares its tree.</summary>
    private static void Restore(TestVolume volume, JsonElement backup, string expected)
    {
        string generation = backup.GetProperty("generation").GetRawText();
        string restored = Path.Combine(volume.Scratch, "restored" + generation);
        TesseraCommand.Do("restore", Place(volume), restored, "--generation", generation, "--passphrase-file", volume.PassphraseFile);
        string elsewhere = Path.Combine(volume.Scratch, "at" + generation);
        Directory.CreateDirectory(elsewhere);
        TesseraCommand.Do("mount", restored, elsewhere, "--passphrase-file", volume.PassphraseFile);
        try
        {
            TreeDigest.ShouldBeSame(Path.Combine(elsewhere, "tree"), expected);
        }
        finally
        {
            TesseraCommand.Do("umount", elsewhere);
        }

        TesseraCommand.Do("fsck", restored, "--passphrase-file", volume.PassphraseFile);
    }

    /// <summary>Makes, overwrites and removes files until told to stop.</summary>
    private static Task WriteUntilAsync(string directory, CancellationToken enough) => Task.Run(
        () =>
        {
            Directory.CreateDirectory(directory);
            var random = new Random(16);
            byte[] content = new byte[100_000];
            for (int i = 0; !enough.IsCancellationRequested; i++)
            {
                random.NextBytes(content);
                Syscall.WriteFile(Path.Combine(directory, $"file{i % 50}"), content.AsSpan(0, random.Next(content.Length)));
            }
        },
        CancellationToken.None);
}
