using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>cp(1) within a mount: copy_file_range(2) shares, whatever becomes of the two files afterwards.</summary>
public sealed class CopyTests
{
    private const int Size = 64 << 20;

    /// <summary>What the records of a copy, and of the log, may take.</summary>
    private const long Overhead = 4 << 20;

    [Fact]
    public async Task A_copy_takes_no_space_and_outlives_kill_and_the_source()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string source = Path.Combine(volume.Path, "source");
        string copy = Path.Combine(volume.Path, "copy");
        byte[] content = new byte[Size];
        new Random(1).NextBytes(content);
        Syscall.WriteFile(source, content);
        long before = Used(volume);

        Programs.Run(volume.Path, "cp", "source", "copy");

        (Used(volume) - before).ShouldBeLessThan(Overhead);
        Operation(volume, "copy").ShouldBeGreaterThan(0);
        Operation(volume, "read").ShouldBe(0);
        volume.Kill();
        volume.Mount();
        File.ReadAllBytes(copy).AsSpan().SequenceEqual(content).ShouldBeTrue();
        Syscall.Unlink(source);
        Programs.Run(volume.Path, "dd", "if=/dev/zero", "of=copy", "bs=4096", "seek=1000", "count=100", "conv=notrunc,fsync", "status=none");
        content.AsSpan(4_096_000, 409_600).Clear();
        volume.Unmount();
        volume.Fsck();
        volume.Mount();
        File.ReadAllBytes(copy).AsSpan().SequenceEqual(content).ShouldBeTrue();
        Syscall.Unlink(copy);
        volume.Remount();
        Used(volume).ShouldBeLessThan(before - Size + Overhead);
        volume.Check();
    }

    [Fact]
    public async Task A_backup_holds_what_is_shared_once_and_restores_every_copy()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string backups = Path.Combine(volume.Scratch, "backups");
        byte[] content = new byte[8 << 20];
        new Random(2).NextBytes(content);
        Syscall.WriteFile(Path.Combine(volume.Path, "a"), content);
        Programs.Run(volume.Path, "cp", "a", "b");
        long full = Backup(volume, backups);

        // Blocks of the very generation that was backed up are copied once more: births tell no better.
        Syscall.WriteFile(Path.Combine(volume.Path, "between"), [1]);
        _ = Backup(volume, backups);
        Programs.Run(volume.Path, "cp", "a", "c");
        long increment = Backup(volume, backups);

        full.ShouldBeLessThan(content.Length + Overhead);
        increment.ShouldBeLessThan(Overhead);
        volume.Check();
        string restored = Path.Combine(volume.Scratch, "restored");
        TesseraCommand.Do("restore", backups, restored, "--passphrase-file", volume.PassphraseFile);
        TesseraCommand.Do("fsck", restored, "--passphrase-file", volume.PassphraseFile);
        TesseraCommand.Do("mount", restored, volume.Path, "--passphrase-file", volume.PassphraseFile);
        foreach (string name in (string[])["a", "b", "c"])
        {
            File.ReadAllBytes(Path.Combine(volume.Path, name)).AsSpan().SequenceEqual(content).ShouldBeTrue(name);
        }

        TesseraCommand.Do("umount", volume.Path);
    }

    private static long Used(TestVolume volume)
    {
        var drive = new DriveInfo(volume.Path);
        return drive.TotalSize - drive.TotalFreeSpace;
    }

    private static long Operation(TestVolume volume, string name) => volume.Stats().GetProperty("operations").EnumerateArray()
        .Where(operation => operation.GetProperty("name").GetString() == name)
        .Sum(operation => operation.GetProperty("count").GetInt64());

    private static long Backup(TestVolume volume, string directory) => JsonDocument
        .Parse(TesseraCommand.Do("backup", volume.Path, directory, "--json")).RootElement.GetProperty("bytes").GetInt64();
}
