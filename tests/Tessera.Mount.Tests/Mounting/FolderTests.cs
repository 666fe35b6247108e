using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>A volume in a folder of equal files, for programs that copy whole files: what it keeps, and what is refused when not all of them are of one moment (docs/format/folder.md).</summary>
public sealed partial class FolderTests(ITestOutputHelper output)
{
    private const long FileBytes = 4 << 20;
    private const int Damaged = 5;
    private const int PieceBytes = 1 << 20;

    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    public async Task Its_files_are_equal_and_it_works_as_any_volume(string profile)
    {
        await using TestVolume volume = Create(profile);
        volume.Mount();
        Write(volume.Path, "first", count: 20);
        Syscall.SyncFile(Syscall.OpenFile(Path.Combine(volume.Path, "first 19"), Syscall.ReadWrite));
        volume.Kill();
        volume.Mount();
        Write(volume.Path, "second", count: 20);
        JsonDocument.Parse(TesseraCommand.Do("scrub", "--rate", "0", "--json", volume.Path)).RootElement.GetProperty("clean").GetBoolean().ShouldBeTrue();
        if (profile == "sealed")
        {
            TesseraCommand.Do("backup", volume.Path, Path.Combine(volume.Scratch, "backups"));
        }

        volume.Remount();
        ShouldHold(volume.Path, "first", count: 20);
        ShouldHold(volume.Path, "second", count: 20);
        volume.Check();

        string[] files = Files(volume.Volume);
        files.Select(Path.GetFileName).ShouldBe(Enumerable.Range(0, files.Length).Select(i => i.ToString("D6", provider: null)));
        files.ShouldAllBe(file => new FileInfo(file).Length == FileBytes);
        if (profile == "scattered")
        {
            Array.ForEach(files, file => NoiseCheck.ShouldBeNoise(file, FileBytes));
        }
        else
        {
            JsonDocument.Parse(TesseraCommand.Do("info", "--json", volume.Volume)).RootElement.GetProperty("files").GetInt32().ShouldBe(files.Length);
        }
    }

    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    public async Task It_grows_by_files(string profile)
    {
        await using TestVolume volume = TestVolume.Create("--profile", profile, "--size", "70M", "--file-size", "4M");
        volume.Mount();
        Write(volume.Path, "first", count: 20);
        TesseraCommand.Do("grow", volume.Path, "--size", "150M");
        Write(volume.Path, "second", count: 70);
        volume.Remount();
        ShouldHold(volume.Path, "second", count: 70);
        volume.Check();
        Files(volume.Volume).Length.ShouldBeInRange(23, 38);
        if (profile == "scattered")
        {
            Files(volume.Volume).Length.ShouldBe(38);
            Array.ForEach(Files(volume.Volume), file => NoiseCheck.ShouldBeNoise(file, FileBytes));
        }
    }

    /// <summary>What a program that copies changed files has to send after 1 KB was changed, the mounting and unmounting included.</summary>
    [Fact]
    public async Task A_small_edit_changes_a_few_files()
    {
        const int MostChanged = 8;
        await using TestVolume volume = Create("sealed");
        volume.Mount();
        Write(volume.Path, "file", count: 100);
        volume.Unmount();
        Dictionary<string, string> before = Hashes(volume.Volume);

        volume.Mount();
        int file = Syscall.OpenFile(Path.Combine(volume.Path, "file 50"), Syscall.ReadWrite);
        Syscall.WriteAt(file, new byte[1024], 5000);
        Syscall.SyncFile(file);
        Syscall.CloseFile(file);
        volume.Unmount();

        Dictionary<string, string> after = Hashes(volume.Volume);
        string[] changed = [.. after.Where(now => before.GetValueOrDefault(now.Key) != now.Value).Select(now => now.Key)];
        output.WriteLine($"{changed.Length} of {after.Count} files changed: {string.Join(", ", changed)}");
        changed.Length.ShouldBeInRange(1, MostChanged);
        volume.Check();
    }

    /// <summary>Each file that differs between two moments, put into the folder of the other moment: never opened, both generations named, nothing changed.</summary>
    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    public async Task Files_of_two_moments_are_refused_and_never_merged(string profile)
    {
        await using TestVolume volume = Create(profile);
        string older = Path.Combine(volume.Scratch, "older");
        string newer = Path.Combine(volume.Scratch, "newer");
        volume.Mount("-o", "noremember");
        Write(volume.Path, "first", count: 8);
        volume.Unmount();
        Copy(volume.Volume, older);
        volume.Mount("-o", "noremember");
        Write(volume.Path, "second", count: 4);
        volume.Unmount();
        Copy(volume.Volume, newer);
        string[] differing = [.. Files(older).Select(file => Path.GetFileName(file)).Where(name => !Same(Path.Combine(older, name), Path.Combine(newer, name)))];
        differing.Length.ShouldBeGreaterThan(2);
        volume.Expect("ended");

        foreach (string name in profile == "sealed" ? differing : [.. differing.Take(3), differing[^1]])
        {
            ShouldBeRefused(volume, (newer, older), name);
            ShouldBeRefused(volume, (older, newer), name);
        }

        Copy(newer, volume.Volume);
        volume.Mount("-o", "noremember");
        ShouldHold(volume.Path, "second", count: 4);
        volume.Check();
    }

    [Fact]
    public async Task A_folder_that_was_written_to_in_two_places_is_refused()
    {
        await using TestVolume volume = Create("sealed");
        string[] places = [Path.Combine(volume.Scratch, "here"), Path.Combine(volume.Scratch, "there")];
        volume.Mount("-o", "noremember");
        Write(volume.Path, "first", count: 8);
        volume.Unmount();
        string start = Path.Combine(volume.Scratch, "start");
        Copy(volume.Volume, start);
        foreach (string place in places)
        {
            Copy(start, volume.Volume);
            volume.Mount("-o", "noremember");
            Write(volume.Path, Path.GetFileName(place), count: 3);
            volume.Unmount();
            Copy(volume.Volume, place);
        }

        string[] differing = [.. Files(places[0]).Select(file => Path.GetFileName(file)).Where(name => !Same(Path.Combine(places[0], name), Path.Combine(places[1], name)))];
        volume.Expect("ended");
        foreach (string name in differing)
        {
            ShouldBeRefused(volume, (places[0], places[1]), name);
        }

        // The last resort: it opens again, with what one of them had and the rest named.
        Copy(places[0], volume.Volume);
        File.Copy(Path.Combine(places[1], differing[^1]), Path.Combine(volume.Volume, differing[^1]), overwrite: true);
        TesseraCommand.Run("fsck", "--repair", "--no-remember", volume.Volume, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBeOneOf(0, Damaged);
        volume.Mount("-o", "noremember");
        File.Exists(Path.Combine(volume.Path, "first 0")).ShouldBeTrue();
        volume.Unmount();
    }

    [Fact]
    public async Task Missing_short_and_conflicting_files_are_refused_by_name()
    {
        await using TestVolume volume = Create("sealed");
        string third = Path.Combine(volume.Volume, "000003");
        string aside = Path.Combine(volume.Scratch, "aside");

        File.Move(third, aside);
        Refused(volume).Error.ShouldContain("000003 is missing");
        File.WriteAllBytes(third, File.ReadAllBytes(aside)[..(1 << 20)]);
        Refused(volume).Error.ShouldContain("000003 has 1048576 bytes");
        File.Move(aside, third, overwrite: true);
        string conflict = Path.Combine(volume.Volume, "000003 (conflicted copy)");
        File.Copy(third, conflict);
        ProgramResult refused = volume.TryMount();
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("000003 (conflicted copy)");
        File.Delete(conflict);
        string last = Files(volume.Volume)[^1];
        File.Move(last, aside);
        Refused(volume);
        File.Move(aside, last);
        volume.Expect("ended");
        volume.Mount();
        volume.Check();
    }

    /// <summary>A program that puts older files in the place of those of a mounted volume must not have us write into files that have no name.</summary>
    [Fact]
    public async Task Files_replaced_under_a_mount_turn_it_read_only()
    {
        await using TestVolume volume = Create("sealed");
        volume.Mount();
        volume.Expect("store", "write_back", "close");
        foreach (string file in Files(volume.Volume))
        {
            string copy = file + ".tmp";
            Programs.Run("/", "cp", file, copy);
            Programs.Run("/", "mv", copy, file);
        }

        Should.Throw<Exception>(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                int file = Syscall.OpenFile(Path.Combine(volume.Path, $"file {i}"), Syscall.ReadWrite | Syscall.Create);
                try
                {
                    Syscall.WriteAll(file, Content(i));
                    Syscall.SyncFile(file);
                }
                finally
                {
                    Syscall.CloseFile(file); // While one is open the daemon lives on.
                }
            }
        });
        volume.Info().GetProperty("read_only").GetBoolean().ShouldBeTrue();
        volume.Info().GetProperty("fault").GetString().ShouldNotBeNull().ShouldContain("replaced");
    }

    private static TestVolume Create(string profile) => profile == "scattered"
        ? TestVolume.Create("--profile", profile, "--size", "100M", "--file-size", "4M")
        : TestVolume.Create("--file-size", "4M");

    private void ShouldBeRefused(TestVolume volume, (string Folder, string Other) mixed, string name)
    {
        Copy(mixed.Folder, volume.Volume);
        File.Copy(Path.Combine(mixed.Other, name), Path.Combine(volume.Volume, name), overwrite: true);
        Dictionary<string, string> before = Hashes(volume.Volume);
        ProgramResult refused = Refused(volume);
        output.WriteLine($"{Path.GetFileName(mixed.Folder)} with {name} of {Path.GetFileName(mixed.Other)}: {refused.Error.Split('\n')[0]}");
        GenerationNamed().Matches(refused.Error).Count.ShouldBeGreaterThanOrEqualTo(2, refused.Error);
        Hashes(volume.Volume).ShouldBe(before);
    }

    private static ProgramResult Refused(TestVolume volume)
    {
        ProgramResult refused = volume.TryMount("-o", "noremember");
        refused.ExitCode.ShouldBe(Damaged, refused.ToString());
        return refused;
    }

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
        {
            Directory.Delete(to, recursive: true);
        }

        Programs.Run("/", "cp", "-a", from, to);
    }

    private static string[] Files(string folder) => [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];

    private static bool Same(string left, string right) => File.ReadAllBytes(left).AsSpan().SequenceEqual(File.ReadAllBytes(right));

    private static Dictionary<string, string> Hashes(string folder) =>
        Files(folder).ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);

    private static void Write(string directory, string name, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Syscall.WriteFile(Path.Combine(directory, $"{name} {i}"), Content(i));
        }
    }

    private static void ShouldHold(string directory, string name, int count)
    {
        for (int i = 0; i < count; i++)
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

    [GeneratedRegex("generation [0-9]+", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex GenerationNamed();
}
