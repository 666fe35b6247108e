using System.Security.Cryptography;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>Scattered volumes with parity: what is damaged or lost of their medium is made good (docs/format/parity.md).</summary>
public sealed class ParityTests
{
    private const int Files = 300;
    private const int Seed = 4;
    private const int FileBytes = 8 << 20;
    private const long Mebibyte = 1 << 20;

    [Theory]
    [InlineData(3, 7)]
    [InlineData(0, 1)]
    public async Task Lost_files_of_a_folder_are_made_anew_after_a_kill(int one, int other)
    {
        const int Row = 10;
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "160M", "--file-size", "8M", "--parity", "8+2");
        string tree = Path.Combine(volume.Scratch, "tree");
        SampleTree.Create(tree, Files, Seed);
        volume.Mount();
        volume.Info().GetProperty("header").GetProperty("parity").GetString().ShouldBe("8+2");
        Programs.Run(volume.Scratch, "cp", "-a", "tree", volume.Path);
        Programs.Run(volume.Scratch, "sync", "-f", volume.Path);
        volume.Kill();
        string[] files = [.. Directory.GetFiles(volume.Volume).Order(StringComparer.Ordinal)];
        files.Length.ShouldBe(2 * Row);
        foreach (int number in (int[])[one, other, one + Row, other + Row])
        {
            File.Delete(files[number]);
        }

        ProgramResult refused = volume.TryMount();
        refused.ExitCode.ShouldBe(5, refused.ToString());
        refused.Error.ShouldContain("--rebuild");
        ShouldLeaveNothingBehind(volume);

        Rebuild(volume);

        Directory.GetFiles(volume.Volume).Length.ShouldBe(2 * Row);
        files.ShouldAllBe(file => new FileInfo(file).Length == FileBytes);
        Array.ForEach(files, file => NoiseCheck.ShouldBeNoise(file, FileBytes));
        volume.Mount();
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
        ShouldBeWhole(volume);

        // All is whole again: others may be lost, also the last.
        volume.Unmount();
        File.Delete(files[^1]);
        File.Delete(files[Row + 5]);
        Rebuild(volume);
        volume.Mount();
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
        volume.Check();
    }

    /// <summary>Two tenths of the medium are noise: every stripe lacks two slots.</summary>
    [Fact]
    public async Task Two_damaged_columns_are_made_good_while_read_and_by_scrub()
    {
        await using TestVolume volume = Filled(out string tree);
        NoiseCheck.ShouldBeNoise(volume.Volume, 128 * Mebibyte);
        DamageColumns(volume.Volume, 2, 7);

        volume.Mount();
        volume.Expect("store");
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
        volume.Stats().GetProperty("parity").GetProperty("rebuilt").GetInt64().ShouldBeGreaterThan(0);
        volume.Log.ShouldContain(line => line.GetRawText().Contains("parity made them good", StringComparison.Ordinal));
        JsonElement mended = Scrub(volume);
        mended.GetProperty("clean").GetBoolean().ShouldBeTrue();
        mended.GetProperty("mended_slots").GetInt64().ShouldBeGreaterThan(0);
        ShouldBeWhole(volume);
        volume.Unmount();

        // Two others, and this time while it is mounted.
        volume.Mount();
        DamageColumns(volume.Volume, 1, 8);
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
        Scrub(volume).GetProperty("clean").GetBoolean().ShouldBeTrue();
        volume.Check();
    }

    /// <summary>The end of the file, most of the last tenth, is gone; and the volume's key was changed before.</summary>
    [Fact]
    public async Task A_volume_that_was_cut_short_is_made_whole_by_repair()
    {
        await using TestVolume volume = Filled(out string tree);
        TesseraCommand.Do("key", "rotate", volume.Volume, "--drop-others", "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");
        using (FileStream medium = File.OpenWrite(volume.Volume))
        {
            medium.SetLength(116 * Mebibyte);
        }

        volume.Expect("ended");
        ProgramResult refused = volume.TryMount();
        refused.ExitCode.ShouldBe(5, refused.ToString());
        refused.Error.ShouldContain("fsck --repair");
        TesseraCommand.Do("fsck", "--repair", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");

        NoiseCheck.ShouldBeNoise(volume.Volume, new FileInfo(volume.Volume).Length);
        volume.Mount();
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
        ShouldBeWhole(volume);
        volume.Check();
    }

    [Fact]
    public async Task Three_damaged_columns_are_too_many_and_no_wrong_byte_is_read()
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "128M", "--parity", "8+2");
        volume.Mount();
        byte[] content = RandomNumberGenerator.GetBytes(8 << 20);
        File.WriteAllBytes(Path.Combine(volume.Path, "file"), content);
        volume.Unmount();
        DamageColumns(volume.Volume, 2, 7);
        volume.Mount();
        volume.Expect("store", "operation_failed", "damage");
        DamageColumns(volume.Volume, 3, 4);

        int failed = 0;
        int file = Syscall.OpenFile(Path.Combine(volume.Path, "file"), Syscall.ReadOnly);
        byte[] piece = new byte[32 << 10];
        for (int at = 0; at < content.Length; at += 4 * piece.Length)
        {
            try
            {
                int count = Syscall.ReadAt(file, piece, at); // Short where the first pages of a piece are whole, and the next are not.
                piece.AsSpan(0, count).SequenceEqual(content.AsSpan(at, count)).ShouldBeTrue($"at {at}");
            }
            catch (SyscallException refused) when (refused.Errno == SyscallException.IoError)
            {
                failed++;
            }
        }

        Syscall.CloseFile(file);
        failed.ShouldBeGreaterThan(0);
        ProgramResult scrub = TesseraCommand.Run("scrub", "--rate", "0", volume.Path);
        scrub.ExitCode.ShouldBe(5, scrub.ToString());
        scrub.Output.ShouldContain("lost: /file");
    }

    [Fact]
    public async Task It_grows_and_what_is_added_has_parity_too()
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "128M", "--parity", "8+2");
        volume.Mount();
        TesseraCommand.Do("grow", volume.Path, "--size", "240M");
        new FileInfo(volume.Volume).Length.ShouldBeGreaterThan(200 * Mebibyte);
        byte[] content = RandomNumberGenerator.GetBytes(120 << 20); // More than there was room for.
        File.WriteAllBytes(Path.Combine(volume.Path, "file"), content);
        volume.Unmount();
        NoiseCheck.ShouldBeNoise(volume.Volume, new FileInfo(volume.Volume).Length);
        using (FileStream medium = File.OpenWrite(volume.Volume))
        {
            medium.Position = 140 * Mebibyte; // A column of what was added has 8 MiB.
            medium.Write(RandomNumberGenerator.GetBytes(9 << 20));
        }

        volume.Mount();
        volume.Expect("store");
        File.ReadAllBytes(Path.Combine(volume.Path, "file")).AsSpan().SequenceEqual(content).ShouldBeTrue();
        Scrub(volume).GetProperty("mended_slots").GetInt64().ShouldBeGreaterThan(0);
        volume.Check();
    }

    /// <summary>Small files take a stripe each: what is there is honest, a full volume can delete, and gets its room back.</summary>
    [Fact]
    public async Task It_takes_small_files_until_it_is_full_and_can_delete_them()
    {
        const int Length = 20_000;
        const int Least = 2000; // Of 102 MiB, in stripes of 32 KiB, less the log, the reserve and the tree.
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "128M", "--parity", "8+2");
        volume.Mount();
        long free = new DriveInfo(volume.Path).AvailableFreeSpace;
        int made = 0;
        Should.Throw<SyscallException>(() =>
        {
            for (; made < 2 * (free / Length); made++)
            {
                Syscall.WriteFile(Path.Combine(volume.Path, $"file {made}"), RandomNumberGenerator.GetBytes(Length));
            }
        }).Errno.ShouldBe(SyscallException.NoSpace);
        made.ShouldBeGreaterThan(Least);

        foreach (string file in Directory.GetFiles(volume.Path))
        {
            File.Delete(file);
        }

        volume.Remount();
        new DriveInfo(volume.Path).AvailableFreeSpace.ShouldBeGreaterThan(free - (8 * Mebibyte));
        volume.Check();
    }

    [Theory]
    [InlineData("sealed", "--parity", "8+2", "scattered")]
    [InlineData("scattered", "--parity", "7+2", "8+1 to 16+4")]
    [InlineData("scattered", "--parity", "8+5", "8+1 to 16+4")]
    [InlineData("scattered", "--parity", "eight", "8+1 to 16+4")]
    public void What_cannot_be_is_refused_and_nothing_is_made(string profile, string option, string value, string reason)
    {
        using var scratch = new ScratchDirectory();
        string vault = Path.Combine(scratch.Path, "vault");

        ProgramResult refused = TesseraCommand.Run("init", vault, "--profile", profile, "--size", "256M", option, value);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(reason);
        Path.Exists(vault).ShouldBeFalse();
    }

    [Theory]
    [InlineData("256M", "64M", "at most 63M")]
    [InlineData("128M", "16M", "10 files or a multiple")]
    [InlineData("100M", "4M", "at least 128M")]
    public void A_folder_that_is_too_short_for_its_stripes_is_refused(string size, string fileSize, string reason)
    {
        using var scratch = new ScratchDirectory();
        string vault = Path.Combine(scratch.Path, "vault");

        ProgramResult refused = TesseraCommand.Run("init", vault, "--profile", "scattered", "--size", size, "--file-size", fileSize, "--parity", "8+2");

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(reason);
        Path.Exists(vault).ShouldBeFalse();
    }

    /// <summary>Nothing could give them their contents: nothing is left in their places.</summary>
    [Fact]
    public async Task Lost_files_of_a_folder_without_parity_are_not_made_anew()
    {
        await using TestVolume volume = TestVolume.Create("--profile", "sealed", "--size", "70M", "--file-size", "4M");
        volume.Mount();
        File.WriteAllBytes(Path.Combine(volume.Path, "file"), RandomNumberGenerator.GetBytes(40 << 20));
        volume.Unmount();
        string lost = Path.Combine(volume.Volume, "000005");
        string kept = Path.Combine(volume.Scratch, "kept");
        File.Move(lost, kept);
        string[] before = Directory.GetFileSystemEntries(volume.Volume);

        ProgramResult refused = TesseraCommand.Run("fsck", "--rebuild", volume.Volume, "--passphrase-file", volume.PassphraseFile);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain("no parity");
        Directory.GetFileSystemEntries(volume.Volume).Order(StringComparer.Ordinal).ShouldBe(before.Order(StringComparer.Ordinal));
        File.Move(kept, lost);
        volume.Check();
    }

    /// <summary>A volume of one file, not mounted, and the tree that is in it.</summary>
    private static TestVolume Filled(out string tree)
    {
        TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "128M", "--parity", "8+2");
        tree = Path.Combine(volume.Scratch, "tree");
        SampleTree.Create(tree, Files, Seed);
        volume.Mount();
        Programs.Run(volume.Scratch, "cp", "-a", "tree", volume.Path);
        volume.Unmount();
        return volume;
    }

    /// <summary>Who mistypes the passphrase finds the folder as it was.</summary>
    private static void ShouldLeaveNothingBehind(TestVolume volume)
    {
        string wrong = Path.Combine(volume.Scratch, "wrong");
        File.WriteAllText(wrong, "not it");
        int files = Directory.GetFileSystemEntries(volume.Volume).Length;

        ProgramResult refused = TesseraCommand.Run("fsck", "--rebuild", volume.Volume, "--passphrase-file", wrong, "--key-memory", "8M");

        refused.ExitCode.ShouldBe(3, refused.ToString());
        Directory.GetFileSystemEntries(volume.Volume).Length.ShouldBe(files);
    }

    private static void Rebuild(TestVolume volume)
    {
        ProgramResult rebuilt = TesseraCommand.Run("fsck", "--rebuild", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");
        rebuilt.ExitCode.ShouldBe(0, rebuilt.ToString());
        rebuilt.Output.ShouldContain(": clean.");
    }

    private static JsonElement Scrub(TestVolume volume) => JsonDocument.Parse(TesseraCommand.Do("scrub", "--rate", "0", "--json", volume.Path)).RootElement;

    private static void ShouldBeWhole(TestVolume volume)
    {
        JsonElement facts = Scrub(volume);
        (facts.GetProperty("clean").GetBoolean(), facts.GetProperty("mended_slots").GetInt64(), facts.GetProperty("damaged").GetArrayLength()).ShouldBe((true, 0, 0));
    }

    /// <summary>Writes noise over tenths of a medium of 128 MiB that has 8+2. The sixth and the first hold fixed slots, too.</summary>
    private static void DamageColumns(string medium, params int[] columns)
    {
        const long ColumnBytes = 128 * Mebibyte / 4096 / 10 * 4096;
        int file = Syscall.OpenFile(medium, Syscall.ReadWrite); // Not by a stream: it would ask for the lock that the daemon has.
        foreach (int column in columns)
        {
            Syscall.WriteAt(file, RandomNumberGenerator.GetBytes((int)ColumnBytes), column * ColumnBytes);
        }

        Syscall.CloseFile(file);
    }
}
