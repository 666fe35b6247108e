using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>Wrong passphrases of a lock make the next try wait, whoever of the user's programs makes it and however many do.</summary>
public sealed class LockTriesTests : IDisposable
{
    private const string Secret = "a sentence that nobody else shall read";
    private const int WrongPassphraseCode = 3;
    private const int InterruptedCode = 130;
    private const int FreeTries = 3;
    private const int MaxFiles = 256;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly ScratchDirectory state = new();

    private string Tries => Path.Combine(state.Path, "tessera", "tries");

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task Each_wrong_try_beyond_some_waits_longer_and_a_right_one_forgets_them()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Locked(volume);

        for (int i = 0; i < FreeTries; i++)
        {
            Wrong(volume, file).Error.ShouldNotContain("wrong tries");
        }

        Recorded.ShouldBe(FreeTries);
        Record(FreeTries);
        long started = Stopwatch.GetTimestamp();
        Wrong(volume, file).Error.ShouldContain("3 wrong tries: the next one is in 1 s");
        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(1), "it was said, and not waited");
        Recorded.ShouldBe(FreeTries + 1);
        foreach ((int wrong, int seconds) in ((int, int)[])[(4, 2), (5, 4), (6, 8), (7, 16), (8, 32), (9, 60), (20, 60), (1000, 60)])
        {
            Record(wrong);
            (await CancelledAsync(Right(volume, file))).ShouldContain($"{wrong} wrong tries: the next one is in {seconds} s");
            Recorded.ShouldBe(wrong, "what was interrupted is no try");
        }

        Record(4);
        ProgramResult right = Run(Right(volume, file));
        right.ExitCode.ShouldBe(0, right.ToString());
        right.Error.ShouldContain("4 wrong tries: the next one is in 2 s");
        File.ReadAllText(file).ShouldBe(Secret);
        Directory.EnumerateFiles(Tries).ShouldBeEmpty("nothing is left of them");
        Run("lock", file).ExitCode.ShouldBe(0);
        Wrong(volume, file).Error.ShouldNotContain("wrong tries");
        Record(1000, DateTimeOffset.UtcNow - TimeSpan.FromHours(2));
        Wrong(volume, file).Error.ShouldNotContain("wrong tries", customMessage: "long ago");
        volume.Check();
    }

    [Fact]
    public async Task No_command_goes_around_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Locked(volume);
        string shown = Path.Combine(volume.Scratch, "shown");
        Directory.CreateDirectory(shown);
        Wrong(volume, file).ExitCode.ShouldBe(WrongPassphraseCode);

        Record(20);
        string wrong = volume.PassphraseFile;
        string[][] others =
        [
            ["mount", file, shown], ["fsck", file], ["key", "recovery", file], ["key", "rotate", file], ["key", "remove", file, "1"], ["export", file, shown], ["unlock", file, "--no-remember", "--read-only"],
        ];
        foreach (string[] command in others)
        {
            (await CancelledAsync([.. command, "--passphrase-file", wrong])).ShouldContain("20 wrong tries: the next one is in", customMessage: string.Join(' ', command));
        }

        // Another lock is another's; and what is no lock is not counted.
        Wrong(volume, Locked(volume, "second")).Error.ShouldNotContain("wrong tries");
        for (int i = 0; i <= FreeTries; i++)
        {
            Run("fsck", volume.Volume, "--quick", "--passphrase-file", Own(volume)).Error.ShouldNotContain("wrong tries");
        }

        volume.Check();
    }

    /// <summary>Those that are made at once are made one after the other: each is counted, and waits for those before it.</summary>
    [Fact]
    public async Task Many_at_once_are_no_faster()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Locked(volume);
        Wrong(volume, file).ExitCode.ShouldBe(WrongPassphraseCode);
        Record(FreeTries);
        long started = Stopwatch.GetTimestamp();

        // Read-only openings share the lock's file: nothing but the count keeps them apart.
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(
            () => Run("unlock", file, "--read-only", "--passphrase-file", volume.PassphraseFile), TestContext.Current.CancellationToken)));

        results.Select(result => result.ExitCode).ShouldAllBe(code => code == WrongPassphraseCode);
        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(1 + 2 + 4 - 1));
        results.ShouldContain(result => result.Error.Contains("Another try at the same is under way", StringComparison.Ordinal));
        Recorded.ShouldBe(6);
        volume.Check();
    }

    [Fact]
    public async Task Where_nothing_can_be_noted_nobody_is_kept_out()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Locked(volume);
        Directory.CreateDirectory(Path.GetDirectoryName(Tries)!);
        File.WriteAllText(Tries, "in the directory's place");

        for (int i = 0; i <= FreeTries; i++)
        {
            ProgramResult wrong = Wrong(volume, file);
            wrong.ExitCode.ShouldBe(WrongPassphraseCode);
            wrong.Error.ShouldContain("wrong tries are not counted");
        }

        Run(Right(volume, file)).ExitCode.ShouldBe(0);
        Run("lock", file).ExitCode.ShouldBe(0);

        // And what is there already is no reason to fail, whatever it is.
        File.Delete(Tries);
        Wrong(volume, file).ExitCode.ShouldBe(WrongPassphraseCode);
        string record = Directory.EnumerateFiles(Tries).Single();
        foreach (byte[] nonsense in (byte[][])[[1], [.. Enumerable.Repeat((byte)255, 16)], new byte[5000], [255, 255, 255, 127, .. new byte[12]]])
        {
            File.WriteAllBytes(record, nonsense);
            ProgramResult wrong = Wrong(volume, file);
            wrong.ExitCode.ShouldBe(WrongPassphraseCode, wrong.ToString());
            wrong.Error.ShouldNotContain("wrong tries");
            new FileInfo(record).Length.ShouldBe(16);
        }

        volume.Check();
    }

    [Fact]
    public async Task What_is_noted_does_not_grow_without_bound()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Locked(volume);
        Directory.CreateDirectory(Tries);
        for (int i = 0; i < MaxFiles + 40; i++)
        {
            string other = Path.Combine(Tries, $"{i:x32}");
            File.WriteAllBytes(other, new byte[16]);
            File.SetLastWriteTimeUtc(other, DateTime.UtcNow - TimeSpan.FromMinutes(i < 20 ? 61 + i : 1));
        }

        Wrong(volume, file).ExitCode.ShouldBe(WrongPassphraseCode);

        Directory.EnumerateFiles(Tries).Count().ShouldBe(MaxFiles);
        File.Exists(Path.Combine(Tries, $"{0:x32}")).ShouldBeFalse("too old to tell anything");
        volume.Check();
    }

    /// <summary>How many wrong tries are noted in the one record that there is.</summary>
    private int Recorded => BinaryPrimitives.ReadInt32LittleEndian(File.ReadAllBytes(Directory.EnumerateFiles(Tries).Single()));

    /// <summary>Writes that; the last was now, whenever that is read: a time to come tells of a clock that was set back.</summary>
    private void Record(int wrong, DateTimeOffset? last = null)
    {
        byte[] record = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(record, wrong);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(8), (last ?? DateTimeOffset.UtcNow + TimeSpan.FromDays(1)).ToUnixTimeMilliseconds());
        File.WriteAllBytes(Directory.EnumerateFiles(Tries).Single(), record);
    }

    private ProgramResult Run(params string[] arguments) => Programs.TryRun(Start(arguments));

    private ProgramStart Start(string[] arguments) =>
        new(TesseraCommand.Launcher, arguments) { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_STATE_HOME"] = state.Path } };

    private ProgramResult Wrong(TestVolume volume, string file) => Run("unlock", file, "--passphrase-file", volume.PassphraseFile);

    /// <summary>Interrupts a command when it has said that it waits; what it said.</summary>
    private async Task<string> CancelledAsync(params string[] arguments)
    {
        using Process process = Programs.Start(Start(arguments));
        process.StandardInput.Close();
        string? line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Programs.Run("/", "kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
        process.WaitForExit(s_patience).ShouldBeTrue("it was not to be interrupted");
        process.ExitCode.ShouldBe(InterruptedCode, $"{line}\n{await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
        return line!;
    }

    private string Locked(TestVolume volume, string name = "f")
    {
        string file = Path.Combine(volume.Path, name);
        File.WriteAllText(file, Secret);
        ProgramResult locked = Run("lock", file, "--passphrase-file", Own(volume), "--key-memory", "8M", "--size", "16M");
        locked.ExitCode.ShouldBe(0, locked.ToString());
        return file;
    }

    private static string[] Right(TestVolume volume, string file) => ["unlock", file, "--passphrase-file", Own(volume)];

    private static string Own(TestVolume volume)
    {
        string path = Path.Combine(volume.Scratch, "of the lock");
        File.WriteAllText(path, "one of its own\n");
        return path;
    }
}
