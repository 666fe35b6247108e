using System.Diagnostics;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>tessera lock and unlock: directories with a passphrase of their own in a mounted volume.</summary>
public sealed class LockTests
{
    private const string Secret = "a sentence that nobody else shall read";
    private const string LockFile = ".tessera-lock";
    private const int Rounds = 3;
    private const int UsageCode = 2;
    private const int WrongPassphraseCode = 3;
    private const int NotAVolumeCode = 4;
    private const int BusyCode = 6;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_directory_hides_all_that_was_in_it_and_gives_it_back()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "letters");
        SampleTree.Create(directory, files: 60, seed: 5);
        File.WriteAllText(Path.Combine(directory, "a telling name"), string.Concat(Enumerable.Repeat(Secret, 200)));
        Programs.Run(volume.Scratch, "ln", Path.Combine(directory, "a telling name"), Path.Combine(directory, "its second"));
        Programs.Run(volume.Scratch, "chmod", "750", directory);
        string before = Path.Combine(volume.Scratch, "before");
        Programs.Run(volume.Scratch, "cp", "-a", directory, before);

        string code = Lock(volume, directory);

        Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).ShouldBe([LockFile]);
        byte[] stored = File.ReadAllBytes(Path.Combine(directory, LockFile));
        stored.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)).ShouldBe(-1);
        stored.AsSpan().IndexOf("a telling name"u8).ShouldBe(-1);
        TesseraCommand.Run("unlock", directory, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(WrongPassphraseCode, "the volume's passphrase is not the lock's");

        Unlock(volume, directory);
        TreeDigest.Of(directory).ShouldBe(TreeDigest.Of(before));
        Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).ShouldNotContain(LockFile);
        File.WriteAllText(Path.Combine(directory, "written while it was open"), Secret);
        TesseraCommand.Do("lock", directory);
        Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).ShouldBe([LockFile]);

        string codeFile = Path.Combine(volume.Scratch, "code");
        File.WriteAllText(codeFile, code);
        TesseraCommand.Do("unlock", directory, "--passphrase-file", codeFile);
        File.ReadAllText(Path.Combine(directory, "written while it was open")).ShouldBe(Secret);
        TesseraCommand.Do("lock", directory);
        TesseraCommand.Do("fsck", Path.Combine(directory, LockFile), "--passphrase-file", Own(volume));
        volume.Check();
    }

    /// <summary>What the kernel has in memory of a file would outlive the connection: for who has it open, mapped, or a directory of it as his own.</summary>
    [Fact]
    public async Task What_was_read_before_cannot_be_read_again_by_who_has_it_open()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "private");
        Directory.CreateDirectory(Path.Combine(directory, "letters"));
        File.WriteAllText(Path.Combine(directory, "letters", "a telling name"), Secret);
        Programs.Run(directory, "ln", "-s", "a telling target", "link");
        Lock(volume, directory);
        Unlock(volume, directory);

        using Process reader = Programs.Start(new ProgramStart("python3", "-c", """
            import mmap, os, sys
            os.chdir(sys.argv[1] + '/letters')
            name, = os.listdir()
            fd = os.open(name, os.O_RDONLY)
            parent = os.open('..', os.O_RDONLY)
            os.pread(fd, 9, 0); os.readlink('../link'); os.stat(name)
            print('ready', flush=True)
            sys.stdin.readline()
            def told(what, read):
                try: print(what, read(), flush=True)
                except OSError as e: print(what, 'refused', e.errno, flush=True)
            told('content', lambda: os.pread(fd, 9, 0))
            told('size', lambda: os.fstat(fd).st_size)
            told('listing', lambda: os.listdir('.'))
            told('stat', lambda: os.stat(name).st_size)
            told('link', lambda: os.readlink('link', dir_fd=parent))
            """, directory));
        (await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("ready");
        TesseraCommand.Do("lock", directory);
        await reader.StandardInput.WriteLineAsync("go");
        string told = await reader.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        told.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(5, told);
        told.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(line => line.Contains("refused"), told);
        volume.Check();
    }

    /// <summary>By a program that knows nothing of tessera: setfattr(1).</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_extended_attribute_locks_what_is_unlocked(bool isFile)
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        string path = Path.Combine(volume.Path, "private");
        string secret = isFile ? path : Path.Combine(path, "letter");
        Directory.CreateDirectory(Path.GetDirectoryName(secret)!);
        File.WriteAllText(secret, Secret);
        Programs.Run(volume.Scratch, "chmod", "-R", "777", path);
        Programs.Run(volume.Scratch, "chmod", "755", volume.Scratch);
        Lock(volume, path);
        SetLock(path, "lock").ShouldContain("not supported");
        TesseraCommand.Do("unlock", path, "--passphrase-file", Own(volume), "-o", "allow_other");

        Programs.Shell(volume.Scratch, $"getfattr --absolute-names --only-values -n system.tessera.lock '{path}'").ShouldBe("unlocked");
        SetLock(path, "open").ShouldContain("Invalid argument");
        Programs.TryRun(new ProgramStart("setpriv", "--reuid=65534", "--clear-groups", "setfattr", "-n", "system.tessera.lock", "-v", "lock", path)).Error.ShouldContain("not permitted");
        if (!isFile)
        {
            SetLock(secret, "lock").ShouldContain("not supported");
        }

        using var open = new FileStream(secret, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        SetLock(path, "lock").ShouldBeEmpty();

        SpinWait.SpinUntil(() => !TestVolume.MountsBelow(volume.Scratch).Contains(path, StringComparer.Ordinal), s_patience).ShouldBeTrue("It stays unlocked.");
        SpinWait.SpinUntil(() => IsCutOff(open), s_patience).ShouldBeTrue("What was open can still be read.");
        Programs.Shell(volume.Scratch, $"cat '{(isFile ? path : Path.Combine(path, LockFile))}'").ShouldNotContain(Secret);

        // The daemon has its volume for as long as it takes to close it.
        SpinWait.SpinUntil(() => TesseraCommand.Run("unlock", path, "--passphrase-file", Own(volume)).ExitCode == 0, s_patience).ShouldBeTrue("It cannot be unlocked again.");
        File.ReadAllText(secret).ShouldBe(Secret);
        TesseraCommand.Do("lock", path);
        volume.Check();
    }

    [Fact]
    public async Task A_lock_on_little_takes_little_and_travels_with_its_directory()
    {
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        long free = new DriveInfo(volume.Path).AvailableFreeSpace;

        Lock(volume, directory);

        (free - new DriveInfo(volume.Path).AvailableFreeSpace).ShouldBeInRange(0, 8L << 20);
        string moved = Path.Combine(volume.Path, "moved");
        Directory.Move(directory, moved);
        Unlock(volume, moved);
        File.WriteAllText(Path.Combine(moved, "kept"), Secret);
        TesseraCommand.Do("lock", moved);
        volume.Remount();
        Unlock(volume, moved);
        File.ReadAllText(Path.Combine(moved, "kept")).ShouldBe(Secret);
        TesseraCommand.Do("lock", moved);
        volume.Check();
    }

    /// <summary>What is open fails, also for who goes on; names and bytes of it are gone from the mount.</summary>
    [Fact]
    public async Task Locking_cuts_what_is_open()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        Lock(volume, directory);
        Unlock(volume, directory);
        string path = Path.Combine(directory, "open");
        await using FileStream open = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        open.Write(Encoding.UTF8.GetBytes(Secret));

        TesseraCommand.Do("lock", directory);

        open.Position = 0;
        Should.Throw<IOException>(() => open.ReadExactly(new byte[10]));
        Should.Throw<IOException>(() => open.Write(new byte[10]));
        File.Exists(path).ShouldBeFalse();
        Unlock(volume, directory);
        File.ReadAllText(path).ShouldBe(Secret, "what was written was handed over");
        TesseraCommand.Do("lock", directory);
        volume.Check();
    }

    [Fact]
    public async Task Its_border_is_that_of_a_mount()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        Lock(volume, directory);
        Unlock(volume, directory);
        File.WriteAllText(Path.Combine(directory, "inside"), Secret);
        File.WriteAllText(Path.Combine(volume.Path, "outside"), Secret);

        Programs.TryRun(new ProgramStart("ln", Path.Combine(directory, "inside"), Path.Combine(volume.Path, "link"))).Error.ShouldContain("cross-device");
        Programs.TryRun(new ProgramStart("ln", Path.Combine(volume.Path, "outside"), Path.Combine(directory, "link"))).Error.ShouldContain("cross-device");
        Programs.Run(volume.Scratch, "ln", Path.Combine(directory, "inside"), Path.Combine(directory, "link"));
        Programs.Run(volume.Scratch, "mv", Path.Combine(volume.Path, "outside"), directory);
        Programs.TryRun(new ProgramStart("mv", "-T", directory, Path.Combine(volume.Path, "elsewhere"))).ExitCode.ShouldNotBe(0, "a mount point is busy");
        TesseraCommand.Run("unlock", directory, "--passphrase-file", Own(volume)).ExitCode.ShouldBe(BusyCode);
        TesseraCommand.Do("scrub", directory, "--rate", "0").ShouldContain("nothing is damaged");

        TesseraCommand.Do("lock", directory);
        TesseraCommand.Run("lock", directory).Error.ShouldContain("is locked");
        volume.Check();
    }

    [Fact]
    public async Task A_time_ends_it_although_it_is_in_use()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        Lock(volume, directory);
        TesseraCommand.Do("unlock", directory, "--passphrase-file", Own(volume), "--for", "2s");
        await using FileStream open = new(Path.Combine(directory, "open"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        open.Write([1]);

        DateTime until = DateTime.UtcNow + s_patience;
        while (!File.Exists(Path.Combine(directory, LockFile)) && DateTime.UtcNow < until)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).ShouldBe([LockFile]);
        Should.Throw<IOException>(() => open.Write([2]));
        Unlock(volume, directory);
        File.ReadAllBytes(Path.Combine(directory, "open")).ShouldBe([1]);
        TesseraCommand.Do("lock", directory);
        volume.Check();
    }

    /// <summary>Unmounting the volume closes all locks in it; one that is in use keeps it, unless it is forced.</summary>
    [Fact]
    public async Task Unmounting_the_volume_locks_all_in_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string first = Path.Combine(volume.Path, "first");
        Directory.CreateDirectory(first);
        Lock(volume, first);
        Unlock(volume, first);
        string second = Path.Combine(first, "second");
        Directory.CreateDirectory(second);
        Lock(volume, second); // A lock in a lock.
        Unlock(volume, second);
        string path = Path.Combine(second, "file");
        await using (FileStream open = new(path, FileMode.Create))
        {
            open.Write(Encoding.UTF8.GetBytes(Secret));
            open.Flush();
            ProgramResult refused = TesseraCommand.Run("umount", volume.Path);
            refused.ExitCode.ShouldBe(BusyCode, refused.ToString());
            refused.Error.ShouldContain(path);
        }

        volume.Remount();
        Unlock(volume, first);
        Unlock(volume, second);
        File.ReadAllText(path).ShouldBe(Secret);
        await using FileStream again = new(path, FileMode.Open);
        TesseraCommand.Do("umount", "--force", volume.Path);

        volume.Mount();
        Unlock(volume, first);
        Unlock(volume, second);
        File.ReadAllText(path).ShouldBe(Secret);
        volume.Check();
    }

    /// <summary>Both daemons are killed, the volume's first: what was synced is there, and both volumes are whole.</summary>
    [Fact]
    public async Task A_kill_of_both_daemons_loses_nothing_that_was_synced()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        Lock(volume, directory);
        for (int round = 0; round < Rounds; round++)
        {
            Unlock(volume, directory);
            int inner = System.Text.Json.JsonDocument.Parse(TesseraCommand.Do("info", "--json", directory)).RootElement.GetProperty("pid").GetInt32();
            SampleTree.Create(Path.Combine(directory, $"tree {round}"), files: 40, seed: round);
            if (round == Rounds - 1)
            {
                Programs.Run("/", "kill", "-9", inner.ToString(System.Globalization.CultureInfo.InvariantCulture)); // Its own kill alone undoes nothing that was acknowledged.
                break;
            }

            Programs.Run(volume.Scratch, "sync", directory);
            volume.Kill();
            Programs.Run("/", "kill", "-9", inner.ToString(System.Globalization.CultureInfo.InvariantCulture));
            foreach (string point in TestVolume.MountsBelow(volume.Scratch))
            {
                Programs.Run("/", "umount", "-l", point);
            }

            volume.Mount();
        }

        TesseraCommand.Do("lock", directory); // Detaches what the dead one left.
        TesseraCommand.Do("fsck", Path.Combine(directory, LockFile), "--passphrase-file", Own(volume));
        Unlock(volume, directory);
        for (int round = 0; round < Rounds; round++)
        {
            string like = Path.Combine(volume.Scratch, $"like {round}");
            SampleTree.Create(like, files: 40, seed: round);
            Programs.Run(volume.Scratch, "diff", "-r", "--no-dereference", like, Path.Combine(directory, $"tree {round}"));
        }

        volume.Check();
    }

    /// <summary>A lock that was cut short has removed nothing, or only what the copy has; the same command goes on.</summary>
    [Fact]
    public async Task A_lock_that_was_cut_short_goes_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        SampleTree.Create(directory, files: 30, seed: 1);
        string like = Path.Combine(volume.Scratch, "like");
        Programs.Run(volume.Scratch, "cp", "-a", directory, like);
        string begun = Path.Combine(volume.Path, $".d{LockFile}");
        TesseraCommand.Do("init", begun, "--passphrase-file", Own(volume), "--key-memory", "8M", "--size", "32M"); // As far as that the volume was made.
        TesseraCommand.Do("import", directory, begun, "--passphrase-file", Own(volume));
        File.Delete(Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).First()); // And as far as that removing was begun.

        ProgramResult result = TesseraCommand.Run("lock", directory, "--passphrase-file", Own(volume));

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Error.ShouldContain("Going on");
        File.Exists(begun).ShouldBeFalse();
        Unlock(volume, directory);
        Programs.Run(volume.Scratch, "diff", "-r", "--no-dereference", like, directory);
        volume.Check();
    }

    /// <summary>Where nobody can mount over it: a directory elsewhere. Locking is by the locked directory's name all the same, and so is unmounting what it lies in.</summary>
    [Fact]
    public async Task It_can_be_shown_elsewhere()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        Lock(volume, directory);
        string place = Path.Combine(volume.Scratch, "shown");
        Directory.CreateDirectory(place);

        TesseraCommand.Do("unlock", directory, "--at", place, "--passphrase-file", Own(volume));
        File.WriteAllText(Path.Combine(place, "file"), Secret);
        Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).ShouldBe([LockFile]);
        TesseraCommand.Run("unlock", directory, "--passphrase-file", Own(volume)).ExitCode.ShouldBe(BusyCode);
        TesseraCommand.Do("lock", directory);
        Directory.EnumerateFileSystemEntries(place).ShouldBeEmpty();

        TesseraCommand.Do("unlock", directory, "--at", place, "--passphrase-file", Own(volume));
        File.ReadAllText(Path.Combine(place, "file")).ShouldBe(Secret);
        volume.Unmount();
        Directory.EnumerateFileSystemEntries(place).ShouldBeEmpty();
        volume.Check();
    }

    [Fact]
    public async Task What_cannot_be_locked_or_unlocked_is_refused()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Path.Combine(volume.Path, "file");
        File.WriteAllText(file, Secret);
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);

        TesseraCommand.Run("lock", volume.Path, "--passphrase-file", Own(volume)).ExitCode.ShouldBe(UsageCode);
        TesseraCommand.Run("lock", Path.Combine(volume.Path, "none"), "--passphrase-file", Own(volume)).ExitCode.ShouldBe(UsageCode);
        TesseraCommand.Run("lock", directory, "--passphrase-file", Own(volume), "--size", "1M").ExitCode.ShouldBe(UsageCode);
        TesseraCommand.Run("unlock", directory, "--passphrase-file", Own(volume)).ExitCode.ShouldBe(NotAVolumeCode);
        TesseraCommand.Run("unlock", directory, "--for", "never").ExitCode.ShouldNotBe(0);
        Directory.EnumerateFileSystemEntries(volume.Path).Count().ShouldBe(2, "nothing was made");
        File.ReadAllText(file).ShouldBe(Secret);
        volume.Check();
    }

    /// <returns>The recovery code.</returns>
    private static string Lock(TestVolume volume, string directory) =>
        TesseraCommand.Do("lock", directory, "--passphrase-file", Own(volume), "--key-memory", "8M").Trim();

    private static void Unlock(TestVolume volume, string directory) => TesseraCommand.Do("unlock", directory, "--passphrase-file", Own(volume));

    private static bool IsCutOff(FileStream open)
    {
        try
        {
            open.Position = 0;
            open.ReadByte();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>What setfattr(1) says.</summary>
    private static string SetLock(string path, string value) => Programs.TryRun(new ProgramStart("setfattr", "-n", "system.tessera.lock", "-v", value, path)).Error;

    /// <summary>A file with the lock's passphrase, which is not the volume's.</summary>
    private static string Own(TestVolume volume)
    {
        string path = Path.Combine(volume.Scratch, "of the lock");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, "one of its own\n");
        }

        return path;
    }
}
