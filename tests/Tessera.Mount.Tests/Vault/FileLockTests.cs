using System.Globalization;
using System.Text;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>tessera lock and unlock: single files with a passphrase of their own in a mounted volume.</summary>
public sealed class FileLockTests
{
    private const string Secret = "a sentence that nobody else shall read";
    private const int UsageCode = 2;
    private const int WrongPassphraseCode = 3;
    private const int NotAVolumeCode = 4;
    private const int BusyCode = 6;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_file_hides_its_content_and_size_and_gives_them_back()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        Programs.Run("/", "setfattr", "-n", "user.author", "-v", "somebody", file);
        Programs.Run("/", "setfacl", "-m", "u:1234:r", file);
        Programs.Run("/", "chmod", "640", file);
        Programs.Run("/", "chown", "1001:1002", file);
        Programs.Run("/", "touch", "-d", "2001-02-03 04:05:06.789", file);
        byte[] before = File.ReadAllBytes(file);
        string told = Told(file);

        string code = Lock(volume, file);

        byte[] stored = File.ReadAllBytes(file);
        stored.Length.ShouldNotBe(before.Length);
        stored.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)).ShouldBe(-1);
        Programs.Run("/", "stat", "-c", "%a %u", file).Trim().ShouldBe("600 0");
        Programs.Run("/", "getfattr", "--absolute-names", "-m", "-", file).ShouldNotContain("author");
        Directory.EnumerateFileSystemEntries(volume.Path).ShouldBe([file], "nothing lies beside it");
        TesseraCommand.Run("unlock", file, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(WrongPassphraseCode, "the volume's passphrase is not the lock's");
        TesseraCommand.Run("lock", file, "--passphrase-file", Own(volume)).Error.ShouldContain("is locked");

        Unlock(volume, file);
        File.ReadAllBytes(file).ShouldBe(before);
        Told(file).ShouldBe(told);
        TesseraCommand.Run("unlock", file, "--passphrase-file", Own(volume)).ExitCode.ShouldBe(BusyCode);
        TesseraCommand.Do("lock", file);
        File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)).ShouldBe(-1);

        string codeFile = Path.Combine(volume.Scratch, "code");
        File.WriteAllText(codeFile, code);
        string moved = Path.Combine(volume.Path, "moved");
        File.Move(file, moved);
        TesseraCommand.Do("unlock", moved, "--passphrase-file", codeFile);
        File.ReadAllBytes(moved).ShouldBe(before);
        TesseraCommand.Do("lock", moved);
        TesseraCommand.Do("fsck", moved, "--passphrase-file", Own(volume));
        volume.Check();
    }

    /// <summary>What programs do to a file, by its name: it is a mount point, and a file all the same.</summary>
    [Fact]
    public async Task It_is_a_file_to_programs_while_it_is_unlocked()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        Lock(volume, file);
        Unlock(volume, file);

        string like = Path.Combine(volume.Scratch, "like");
        Programs.Run("/", "cp", "-a", file, like);
        Programs.Run("/", "dd", "if=/dev/urandom", "of=" + like + ".part", "bs=1000", "count=3", "status=none");
        foreach (string path in new[] { file, like })
        {
            Programs.Run("/", "sh", "-c", "printf appended >> \"$1\"", "sh", path);
            Programs.Run("/", "dd", "if=" + like + ".part", "of=" + path, "bs=1000", "seek=7", "conv=notrunc,fsync", "status=none");
            Programs.Run("/", "truncate", "-s", "+100000", path);
            Programs.Run("/", "fallocate", "-p", "-o", "4096", "-l", "8192", path);
            Programs.Run("/", "chmod", "604", path);
            Programs.Run("/", "touch", "-d", "2002-03-04 05:06:07", path);
            Programs.Run("/", "setfattr", "-n", "user.note", "-v", "kept", path);
            Programs.Run("/", "python3", "-c", "import mmap,os,sys;f=open(sys.argv[1],'r+b');m=mmap.mmap(f.fileno(),0);m[5000:5008]=b'by a map';m.flush();assert m[5000:5008]==b'by a map'", path);
        }

        Programs.Run("/", "cmp", file, like);
        Programs.TryRun(new ProgramStart("ls", file + "/")).Error.ShouldContain("Not a directory");
        Programs.TryRun(new ProgramStart("rm", "-f", file)).Error.ShouldContain("busy");
        Programs.TryRun(new ProgramStart("mv", "-T", like, file)).ExitCode.ShouldNotBe(0, "an editor that saves so is refused");
        Programs.TryRun(new ProgramStart("ln", file, file + ".link")).Error.ShouldContain("cross-device");
        Programs.Run("/", "flock", "-n", file, "true");
        Programs.Run("/", "cp", "-a", file, like);
        TesseraCommand.Do("info", file).ShouldContain(file);
        TesseraCommand.Do("stats", file).ShouldNotBeEmpty();
        TesseraCommand.Do("scrub", file, "--rate", "0").ShouldContain("nothing is damaged");
        JsonDocument.Parse(TesseraCommand.Do("info", "--json", volume.Path)).RootElement.GetProperty("mount_point").GetString().ShouldBe(volume.Path);

        TesseraCommand.Do("umount", file);
        Unlock(volume, file);
        Programs.Run("/", "cmp", file, like);
        Told(file).ShouldBe(Told(like));
        Programs.Run("/", "sh", "-c", ": > \"$1\"", "sh", file);
        new FileInfo(file).Length.ShouldBe(0);
        TesseraCommand.Do("lock", file);
        Unlock(volume, file);
        File.ReadAllBytes(file).ShouldBeEmpty();
        volume.Check();
    }

    /// <summary>What is open fails, also for who goes on.</summary>
    [Fact]
    public async Task Locking_cuts_what_is_open()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        Lock(volume, file);
        Unlock(volume, file);
        await using FileStream open = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        open.SetLength(0);
        open.Write(Encoding.UTF8.GetBytes(Secret));

        TesseraCommand.Do("lock", file);

        open.Position = 0;
        Should.Throw<IOException>(() => open.ReadExactly(new byte[10]));
        Should.Throw<IOException>(() => open.Write(new byte[10]));
        Unlock(volume, file);
        File.ReadAllText(file).ShouldBe(Secret, "what was written was handed over");
        TesseraCommand.Do("lock", file);
        volume.Check();
    }

    [Fact]
    public async Task A_time_ends_it_although_it_is_in_use()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        byte[] before = File.ReadAllBytes(file);
        Lock(volume, file);
        TesseraCommand.Do("unlock", file, "--passphrase-file", Own(volume), "--for", "2s");
        await using FileStream open = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        open.Write([1]);
        before[0] = 1;

        DateTime until = DateTime.UtcNow + s_patience;
        while (TestVolume.MountsBelow(volume.Path).Any() && DateTime.UtcNow < until)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        TestVolume.MountsBelow(volume.Path).ShouldBeEmpty();
        Should.Throw<IOException>(() => open.Write([2]));
        Unlock(volume, file);
        File.ReadAllBytes(file).ShouldBe(before);
        TesseraCommand.Do("lock", file);
        volume.Check();
    }

    /// <summary>Unmounting the volume locks it, also where it lies in a locked directory; one that is in use keeps the volume mounted, unless it is forced.</summary>
    [Fact]
    public async Task Unmounting_the_volume_locks_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        Lock(volume, directory);
        Unlock(volume, directory);
        string file = Path.Combine(directory, "inner");
        File.WriteAllText(file, Secret);
        Lock(volume, file);
        Unlock(volume, file);
        await using (FileStream open = new(file, FileMode.Open))
        {
            ProgramResult refused = TesseraCommand.Run("umount", volume.Path);
            refused.ExitCode.ShouldBe(BusyCode, refused.ToString());
            refused.Error.ShouldContain(file);
        }

        volume.Remount();
        Unlock(volume, directory);
        Unlock(volume, file);
        File.ReadAllText(file).ShouldBe(Secret);
        await using FileStream again = new(file, FileMode.Open);
        TesseraCommand.Do("umount", "--force", volume.Path);

        volume.Mount();
        Unlock(volume, directory);
        Unlock(volume, file);
        File.ReadAllText(file).ShouldBe(Secret);
        volume.Check();
    }

    /// <summary>The volume's daemon is killed, and the lock's: what was synced is there.</summary>
    [Fact]
    public async Task A_kill_of_both_daemons_loses_nothing_that_was_synced()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        Lock(volume, file);
        Unlock(volume, file);
        Programs.Run("/", "dd", "if=/dev/urandom", "of=" + file, "bs=70000", "count=9", "conv=fsync", "status=none");
        byte[] synced = File.ReadAllBytes(file);
        string inner = JsonDocument.Parse(TesseraCommand.Do("info", "--json", file)).RootElement.GetProperty("pid").GetInt32().ToString(CultureInfo.InvariantCulture);

        volume.Kill();
        Programs.Run("/", "kill", "-9", inner);
        foreach (string point in TestVolume.MountsBelow(volume.Scratch))
        {
            Programs.Run("/", "umount", "-l", point);
        }

        volume.Mount();
        Unlock(volume, file);
        File.ReadAllBytes(file).ShouldBe(synced);
        inner = JsonDocument.Parse(TesseraCommand.Do("info", "--json", file)).RootElement.GetProperty("pid").GetInt32().ToString(CultureInfo.InvariantCulture);
        Programs.Run("/", "kill", "-9", inner);
        Unlock(volume, file); // Detaches what the dead one left.
        File.ReadAllBytes(file).ShouldBe(synced);
        TesseraCommand.Do("lock", file);
        TesseraCommand.Do("fsck", file, "--passphrase-file", Own(volume));
        volume.Check();
    }

    /// <summary>A lock that was cut short has changed nothing; the same command goes on, with what the file is now.</summary>
    [Fact]
    public async Task A_lock_that_was_cut_short_goes_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        string tree = Path.Combine(volume.Scratch, "tree");
        Directory.CreateDirectory(tree);
        File.WriteAllText(Path.Combine(tree, "content"), "of an earlier state");
        string begun = Path.Combine(volume.Path, ".secret.txt.tessera-lock");
        TesseraCommand.Do("init", begun, "--passphrase-file", Own(volume), "--key-memory", "8M", "--size", "32M");
        TesseraCommand.Do("import", tree, begun, "--passphrase-file", Own(volume));
        byte[] before = File.ReadAllBytes(file);

        ProgramResult result = TesseraCommand.Run("lock", file, "--passphrase-file", Own(volume));

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Error.ShouldContain("Going on");
        File.Exists(begun).ShouldBeFalse();
        Unlock(volume, file);
        File.ReadAllBytes(file).ShouldBe(before);
        volume.Check();
    }

    [Fact]
    public async Task A_file_that_is_written_to_meanwhile_stays_as_it_is()
    {
        const int LongEnough = 32 << 20;
        await using TestVolume volume = TestVolume.Mounted();
        string file = Path.Combine(volume.Path, "secret.txt");
        File.WriteAllText(file, Secret.PadRight(LongEnough)); // So that copying it takes longer than the pause between two writes.
        int writes = 0;
        using var end = new ManualResetEventSlim();
        Task writing = Task.Factory.StartNew(
            () =>
            {
                using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                do
                {
                    stream.Write(Encoding.UTF8.GetBytes(Secret)); // Into the kernel's memory: waits for no disk.
                    writes++;
                }
                while (!end.Wait(5, CancellationToken.None));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning, // A thread of its own: those of the pool may all be waiting for the command.
            TaskScheduler.Default);

        ProgramResult refused = TesseraCommand.Run("lock", file, "--passphrase-file", Own(volume), "--key-memory", "8M");

        end.Set();
        await writing;
        refused.ExitCode.ShouldNotBe(0, $"{writes} writes");
        refused.Error.ShouldContain($"{file} was changed while it was copied");
        File.ReadAllText(file).ShouldStartWith(Secret);
        TesseraCommand.Do("lock", file, "--passphrase-file", Own(volume));
        Unlock(volume, file);
        File.ReadAllText(file).ShouldStartWith(Secret);
        volume.Check();
    }

    [Fact]
    public async Task What_cannot_be_locked_or_unlocked_is_refused()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Sample(volume);
        Programs.Run("/", "ln", file, file + ".other");
        Programs.Run("/", "mkfifo", Path.Combine(volume.Path, "pipe"));
        string other = Path.Combine(volume.Path, "volume");
        TesseraCommand.Do("init", other, "--profile", "plain", "--size", "32M");
        int names = Directory.EnumerateFileSystemEntries(volume.Path).Count();

        Refused(UsageCode, "hard links", "lock", file);
        Refused(UsageCode, "does not exist", "lock", file + ".none");
        TesseraCommand.Run("lock", Path.Combine(volume.Path, "pipe"), "--passphrase-file", Own(volume)).ExitCode.ShouldNotBe(0);
        Refused(NotAVolumeCode, "is a volume", "lock", other);
        Refused(NotAVolumeCode, "is a volume", "unlock", other);
        Refused(NotAVolumeCode, "is not locked", "unlock", file);
        Refused(NotAVolumeCode, "is not locked", "unlock", file + ".none");
        File.Delete(other);
        TesseraCommand.Do("init", other, "--size", "32M", "--passphrase-file", Own(volume), "--key-memory", "8M");
        Refused(NotAVolumeCode, "not a locked file", "unlock", other); // Only its key tells so.
        File.Delete(file + ".other");
        Lock(volume, file);
        Refused(UsageCode, "in its own place", "unlock", file, "--at", volume.Scratch);
        Directory.EnumerateFileSystemEntries(volume.Path).Count().ShouldBe(names - 1, "nothing was made");
        TestVolume.MountsBelow(volume.Path).ShouldBeEmpty();
        volume.Check();

        void Refused(int code, string sentence, params string[] command)
        {
            ProgramResult result = TesseraCommand.Run([.. command, "--passphrase-file", Own(volume)]);
            result.ExitCode.ShouldBe(code, result.ToString());
            result.Error.ShouldContain(sentence);
        }
    }

    private static string Sample(TestVolume volume)
    {
        string file = Path.Combine(volume.Path, "secret.txt");
        File.WriteAllText(file, string.Concat(Enumerable.Repeat(Secret + "\n", 9000)));
        return file;
    }

    /// <summary>What programs are told of a file, but for where it is.</summary>
    private static string Told(string file) =>
        Programs.Run("/", "stat", "-c", "%F %s %a %u:%g %y %h", file) + Programs.Run(Path.GetDirectoryName(file)!, "getfacl", "-c", Path.GetFileName(file))
        + Programs.Run(Path.GetDirectoryName(file)!, "sh", "-c", "getfattr -d \"$1\" | grep -v '^#'", "sh", Path.GetFileName(file));

    /// <returns>The recovery code.</returns>
    private static string Lock(TestVolume volume, string path) => TesseraCommand.Do("lock", path, "--passphrase-file", Own(volume), "--key-memory", "8M").Trim();

    private static void Unlock(TestVolume volume, string path) => TesseraCommand.Do("unlock", path, "--passphrase-file", Own(volume));

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
