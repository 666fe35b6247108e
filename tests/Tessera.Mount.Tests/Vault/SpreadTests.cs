using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>A folder whose files lie on several disks (docs/format/folder.md, Several disks): with parity the loss of one loses nothing. The disks are file systems of their own, of which one goes with all that is on it.</summary>
public sealed class SpreadTests
{
    private const int Disks = 5;
    private const int Row = 10;
    private const int Damaged = 5;

    [Fact]
    public async Task A_disk_that_is_lost_is_made_good()
    {
        using var disks = new DiskSet(Disks);
        await using TestVolume volume = TestVolume.Create(["--profile", "scattered", "--size", "160M", "--file-size", "8M", "--parity", "8+2", .. disks.Options]);
        ShouldBeSpread(volume, rows: 2);
        string tree = Path.Combine(volume.Scratch, "tree");
        SampleTree.Create(tree, files: 300, seed: 9);
        volume.Mount();
        Programs.Run(volume.Scratch, "cp", "-a", "tree", volume.Path);
        Programs.Run(volume.Scratch, "sync", "-f", volume.Path);
        volume.Kill();
        Programs.Run(volume.Scratch, "umount", "-l", volume.Path);

        // The first has the header, the last the last file of all.
        foreach (int lost in (int[])[0, 2, Disks - 1])
        {
            disks.Lose(lost);
            ProgramResult refused = volume.TryMount();
            refused.ExitCode.ShouldBe(Damaged, refused.ToString());
            refused.Error.ShouldContain($"leads to {disks.VaultOn(lost)}/");
            refused = Rebuild(volume);
            refused.ExitCode.ShouldBe(Damaged, refused.ToString());
            refused.Error.ShouldContain("there is no such directory");
            disks.Replace(lost);
            Rebuild(volume).ExitCode.ShouldBe(0);
            ShouldBeSpread(volume, rows: 2);
            volume.Mount();
            TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
            volume.Unmount();
        }

        // What is added lies on all of them, too.
        TesseraCommand.Do("grow", volume.Volume, "--size", "240M", "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");
        ShouldBeSpread(volume, rows: 3);
        disks.Lose(1);
        disks.Replace(1);
        Rebuild(volume).ExitCode.ShouldBe(0);
        volume.Mount();
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), tree);
        volume.Check();
    }

    /// <summary>Whatever of it is done, the same command goes on, and nobody takes what is half made for the volume.</summary>
    [Fact]
    public async Task A_rebuild_that_is_killed_again_and_again_goes_on()
    {
        const int Kills = 4;
        using var disks = new DiskSet(Disks);
        await using TestVolume volume = TestVolume.Create(["--profile", "scattered", "--size", "160M", "--file-size", "8M", "--parity", "8+2", .. disks.Options]);
        volume.Mount();
        string sums = Programs.Shell(volume.Path, "for i in 1 2 3 4 5 6; do head -c 7M /dev/urandom > f$i; done; sync; sha256sum f*");
        volume.Unmount();
        disks.Lose(1);
        disks.Replace(1);
        var whole = Stopwatch.StartNew();
        Rebuild(volume).ExitCode.ShouldBe(0);
        TimeSpan least = whole.Elapsed;
        disks.Lose(3);
        disks.Replace(3);
        for (int i = 1; i <= Kills; i++)
        {
            using Process rebuilding = Programs.Start(new ProgramStart(TesseraCommand.Launcher, RebuildOf(volume)));
            if (!rebuilding.WaitForExit(least * i / (Kills + 1)))
            {
                // The command itself: the launcher has become it.
                rebuilding.Kill();
                rebuilding.WaitForExit(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            }
        }

        Rebuild(volume).ExitCode.ShouldBe(0);
        volume.Mount();
        Programs.Shell(volume.Path, "sha256sum f*").ShouldBe(sums);
        volume.Unmount();

        // All of it is whole: another disk may be lost.
        disks.Lose(0);
        disks.Replace(0);
        Rebuild(volume).ExitCode.ShouldBe(0);
        ShouldBeSpread(volume, rows: 2);
        volume.Mount();
        Programs.Shell(volume.Path, "sha256sum f*").ShouldBe(sums);
        volume.Check();
    }

    /// <summary>A new disk is not asked for: the files are made in the folder itself.</summary>
    [Fact]
    public async Task Files_whose_links_were_removed_are_made_in_the_folder()
    {
        using var disks = new DiskSet(Disks);
        await using TestVolume volume = TestVolume.Create(["--profile", "scattered", "--size", "160M", "--file-size", "8M", "--parity", "8+2", .. disks.Options]);
        volume.Mount();
        string sum = Programs.Shell(volume.Path, "head -c 20M /dev/urandom > f; sync; sha256sum f");
        volume.Unmount();
        disks.Lose(3);
        foreach (FileInfo link in new DirectoryInfo(volume.Volume).EnumerateFiles().Where(file => file.LinkTarget!.StartsWith(disks.VaultOn(3), StringComparison.Ordinal)))
        {
            link.Delete();
        }

        Rebuild(volume).ExitCode.ShouldBe(0);

        new DirectoryInfo(volume.Volume).EnumerateFiles().Count(file => file.LinkTarget is null).ShouldBe(2 * Row / Disks);
        volume.Mount();
        Programs.Shell(volume.Path, "sha256sum f").ShouldBe(sum);
        volume.Check();
    }

    [Fact]
    public async Task A_link_to_a_file_of_another_name_is_none_of_the_volume()
    {
        using var disks = new DiskSet(2);
        await using TestVolume volume = TestVolume.Create(["--size", "128M", "--file-size", "4M", .. disks.Options]);
        string link = Path.Combine(volume.Volume, "000003");
        string elsewhere = Path.Combine(volume.Scratch, "mine");
        File.Copy(link, elsewhere);
        byte[] before = File.ReadAllBytes(elsewhere);
        File.Delete(link);
        File.CreateSymbolicLink(link, elsewhere);

        ProgramResult refused = volume.TryMount();

        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("leads to a file of the same name");
        File.ReadAllBytes(elsewhere).ShouldBe(before);
    }

    [Theory]
    [InlineData("no folder", "two directories or more", "--size", "1G")]
    [InlineData("not empty", "not an empty directory", "--file-size", "4M")]
    [InlineData("both copies in one", "Both copies of the header", "--file-size", "1M", "--profile", "scattered", "--size", "160M", "--parity", "8+2")]
    public void What_cannot_be_is_refused_and_nothing_is_made(string why, string reason, params string[] options)
    {
        using var scratch = new ScratchDirectory();
        string vault = Path.Combine(scratch.Path, "vault");
        string[] spread = [.. Enumerable.Range(0, 2).Select(i => Directory.CreateDirectory(Path.Combine(scratch.Path, $"disk{i}")).FullName)];
        File.WriteAllText(Path.Combine(spread[0], "mine"), why);

        ProgramResult refused = TesseraCommand.Run(["init", vault, .. options, .. spread.SelectMany(directory => (string[])["--spread", directory])]);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(reason);
        Path.Exists(vault).ShouldBeFalse();
        Directory.GetFileSystemEntries(spread[0]).Length.ShouldBe(1);
    }

    /// <summary>Each disk has its share of each row, and the two copies of the header lie on two.</summary>
    private static void ShouldBeSpread(TestVolume volume, int rows)
    {
        const long PartBytes = (8L << 20) - 4096;
        const int SecondCopy = (int)((64L << 20) / PartBytes);
        string[] directories = [.. Enumerable.Range(0, rows * Row).Select(number =>
            Path.GetDirectoryName(new FileInfo(Path.Combine(volume.Volume, number.ToString("D6", CultureInfo.InvariantCulture))).LinkTarget)!)];
        for (int row = 0; row < rows; row++)
        {
            directories[(row * Row)..((row + 1) * Row)].CountBy(static directory => directory).ShouldAllBe(one => one.Value == Row / Disks);
        }

        directories[SecondCopy].ShouldNotBe(directories[0]);
        Directory.GetFileSystemEntries(volume.Volume).Length.ShouldBe(rows * Row);
    }

    private static ProgramResult Rebuild(TestVolume volume) => TesseraCommand.Run(RebuildOf(volume));

    private static string[] RebuildOf(TestVolume volume) => ["fsck", "--rebuild", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M"];

    /// <summary>File systems in memory, each at a place of its own; gone whatever happens.</summary>
    private sealed class DiskSet : IDisposable
    {
        private readonly ScratchDirectory _scratch = new();
        private readonly int _count;

        public DiskSet(int count)
        {
            _count = count;
            for (int i = 0; i < count; i++)
            {
                Directory.CreateDirectory(At(i));
                Mount(i);
            }
        }

        public string[] Options => [.. Enumerable.Range(0, _count).SelectMany(i => (string[])["--spread", VaultOn(i)])];

        public string VaultOn(int disk) => Path.Combine(At(disk), "vault");

        public void Lose(int disk) => Programs.Run("/", "umount", At(disk));

        /// <summary>By an empty one.</summary>
        public void Replace(int disk)
        {
            Mount(disk);
            Directory.CreateDirectory(VaultOn(disk));
        }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
            {
                _ = Programs.TryRun(new ProgramStart("umount", "-l", At(i)));
            }

            _scratch.Dispose();
        }

        private void Mount(int disk) => Programs.Run("/", "mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", At(disk));

        private string At(int disk) => Path.Combine(_scratch.Path, $"disk{disk}");
    }
}
