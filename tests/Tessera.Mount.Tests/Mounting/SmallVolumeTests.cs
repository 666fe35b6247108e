using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>Volumes of less than 64 MiB (docs/format/container.md, Small containers).</summary>
public sealed class SmallVolumeTests
{
    private const long Smallest = 8L << 20;

    /// <summary>The header of copy B: the last eleven slots of the first 8 MiB begin with it.</summary>
    private const long SecondHeader = Smallest - (11 * ContainerFile.Slot);
    private const int DamagedCode = 5;
    private const int UsageCode = 2;
    private const int PieceBytes = 64 << 10;

    /// <summary>Full again and again: everything can be deleted each time, and nothing leaks. Of what was deleted the last MiB counts as free only after checkpoints.</summary>
    [Theory]
    [InlineData("sealed")]
    [InlineData("plain")]
    public async Task The_smallest_volume_is_filled_emptied_and_filled_again(string profile)
    {
        await using TestVolume volume = TestVolume.Create("--size", "8M", "--profile", profile);
        new FileInfo(volume.Volume).Length.ShouldBe(Smallest);
        volume.Mount();
        int first = Fill(volume.Path, "file");
        ((long)first * PieceBytes).ShouldBeGreaterThan(1L << 20, "what is no log and no reserve");
        int filled = first;
        for (int round = 0; round < 4; round++)
        {
            ShouldHold(volume.Path, "file", filled);
            Directory.EnumerateFiles(volume.Path).ToList().ForEach(File.Delete);
            filled = Fill(volume.Path, "file");
            filled.ShouldBePositive();
        }

        volume.Remount();
        ShouldHold(volume.Path, "file", filled);
        Directory.EnumerateFiles(volume.Path).ToList().ForEach(File.Delete);
        volume.Remount();
        Fill(volume.Path, "file").ShouldBeInRange(first - 2, first + 2);
        new DriveInfo(volume.Path).TotalSize.ShouldBeInRange(4L << 20, Smallest);
        new FileInfo(volume.Volume).Length.ShouldBe(Smallest);
        volume.Check();
    }

    [Fact]
    public async Task Many_names_go_into_a_small_volume_and_out_again()
    {
        await using TestVolume volume = TestVolume.Create("--size", "8M");
        volume.Mount();
        int most = Fill(volume.Path, "before");
        Directory.EnumerateFiles(volume.Path).ToList().ForEach(File.Delete);
        int made = 0;
        Should.Throw<SyscallException>(() =>
        {
            for (; ; made++)
            {
                Syscall.WriteFile(Path.Combine(volume.Path, $"a name of some length {made}"), [1]);
            }
        }).Message.ShouldContain("No space");
        made.ShouldBeGreaterThan(500);

        Directory.EnumerateFiles(volume.Path).ToList().ForEach(File.Delete);

        Directory.EnumerateFileSystemEntries(volume.Path).ShouldBeEmpty();
        for (int i = 0; i < most / 2; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"after {i}"), Content(i)); // Though what forgets the names is not in its place yet.
        }

        ShouldHold(volume.Path, "after", most / 2);
        volume.Check();
    }

    /// <summary>From 8 MiB to beyond a group, while it is mounted; then a kill.</summary>
    [Fact]
    public async Task It_grows_beyond_a_group_and_survives_a_kill()
    {
        await using TestVolume volume = TestVolume.Create("--size", "8M");
        volume.Mount();
        int before = Fill(volume.Path, "before");

        TesseraCommand.Do("grow", volume.Path, "--size", "20M");
        int between = Fill(volume.Path, "between");
        TesseraCommand.Do("grow", volume.Path, "--size", "100M");
        for (int i = 0; i < 1000; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"after {i}"), Content(i));
        }

        Programs.Run(volume.Scratch, "sync", "-f", volume.Path);
        volume.Kill();
        volume.DetachMount();
        volume.Mount();

        between.ShouldBeGreaterThan(100);
        ShouldHold(volume.Path, "before", before);
        ShouldHold(volume.Path, "between", between);
        ShouldHold(volume.Path, "after", 1000);
        volume.Info().GetProperty("size_limit").GetInt64().ShouldBe(100L << 20);
        volume.Check();
    }

    /// <summary>Either copy of the header is enough; a scrub makes the other anew. With neither it is refused, and so it is by size.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(SecondHeader)]
    public async Task A_damaged_copy_of_the_header_is_found_and_healed(long header)
    {
        await using TestVolume volume = TestVolume.Create("--size", "8M");
        volume.Mount();
        Syscall.WriteFile(Path.Combine(volume.Path, "kept"), Content(3));
        volume.Unmount();
        ContainerFile.FlipBit(volume.Volume, header + 60);

        TesseraCommand.Run("fsck", volume.Volume, "--passphrase-file", volume.PassphraseFile).Output.ShouldContain("header is damaged");
        volume.Mount();
        TesseraCommand.Run("scrub", volume.Path, "--rate", "0").ToString().ShouldContain("header");
        File.ReadAllBytes(Path.Combine(volume.Path, "kept")).ShouldBe(Content(3));
        volume.Check();

        ContainerFile.FlipBit(volume.Volume, 60);
        ContainerFile.FlipBit(volume.Volume, SecondHeader + 60);
        volume.TryMount().ExitCode.ShouldBe(DamagedCode);
        ContainerFile.FlipBit(volume.Volume, 60);
        ContainerFile.FlipBit(volume.Volume, SecondHeader + 60);
        volume.Fsck();
    }

    [Fact]
    public async Task Passphrases_rotation_backup_and_repair_know_where_the_copies_are()
    {
        await using TestVolume volume = TestVolume.Create("--size", "16M");
        string second = Path.Combine(volume.Scratch, "second");
        File.WriteAllText(second, "another one\n");
        TesseraCommand.Do("key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--new-passphrase-file", second, "--key-memory", "8M");
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Slot + 200); // Key slots, copy A: the other has both passphrases.
        volume.Mount();
        Syscall.WriteFile(Path.Combine(volume.Path, "kept"), Content(4));
        volume.Unmount();
        TesseraCommand.Do("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--also-passphrase-file", second, "--drop-others");
        volume.Mount();
        File.ReadAllBytes(Path.Combine(volume.Path, "kept")).ShouldBe(Content(4));

        JsonElement backup = JsonDocument.Parse(TesseraCommand.Do("backup", volume.Path, Path.Combine(volume.Scratch, "backups"), "--json")).RootElement;
        volume.Check();
        string restored = Path.Combine(volume.Scratch, "restored");
        TesseraCommand.Do("restore", Path.Combine(volume.Scratch, "backups"), restored, "--passphrase-file", volume.PassphraseFile);

        backup.GetProperty("full").GetBoolean().ShouldBeTrue();
        ContainerFile.FlipBit(restored, 60);
        TesseraCommand.Run("fsck", "--repair", restored, "--passphrase-file", volume.PassphraseFile, "--no-remember").Output.ShouldContain("header");
        TesseraCommand.Do("fsck", restored, "--passphrase-file", volume.PassphraseFile, "--no-remember");
    }

    [Theory]
    [InlineData("--size", "7M")]
    [InlineData("--size", "63M", "--profile", "scattered")]
    [InlineData("--size", "63M", "--file-size", "4M")]
    public async Task What_is_too_small_is_refused(params string[] options)
    {
        await using TestVolume volume = TestVolume.CreatePlain();
        string wanted = Path.Combine(volume.Scratch, "wanted");

        ProgramResult refused = TesseraCommand.Run(["init", wanted, "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M", .. options]);

        refused.ExitCode.ShouldBe(UsageCode, refused.ToString());
        refused.Error.ShouldContain("at least");
        Path.Exists(wanted).ShouldBeFalse();
    }

    private static int Fill(string directory, string name)
    {
        for (int i = 0; ; i++)
        {
            string path = Path.Combine(directory, $"{name} {i}");
            try
            {
                Syscall.WriteFile(path, Content(i));
            }
            catch (SyscallException full)
            {
                full.Message.ShouldContain("No space");
                File.Delete(path);
                return i;
            }
        }
    }

    private static void ShouldHold(string directory, string name, int pieces)
    {
        for (int i = 0; i < pieces; i++)
        {
            File.ReadAllBytes(Path.Combine(directory, $"{name} {i}")).AsSpan().SequenceEqual(Content(i)).ShouldBeTrue($"{name} {i}");
        }
    }

    private static byte[] Content(int seed)
    {
        byte[] content = new byte[PieceBytes];
        new Random(seed).NextBytes(content);
        return content;
    }
}
