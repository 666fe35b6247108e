using System.Diagnostics;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>A scattered volume that the shipped command made and mounted: it works as any volume, and its medium shows nothing (docs/threat-model.md).</summary>
public sealed class ScatteredMountTests
{
    private const int Slot = 4096;
    private const long Length = 96L << 20;
    private const int LargeBytes = 12 << 20;
    private const int SmallFiles = 1000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Its_medium_stays_noise_of_one_length_while_files_come_and_go()
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        ShouldBeNoise(volume.Volume);
        volume.Mount();
        byte[] content = new byte[LargeBytes]; // Zeros, the least random there is.
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), content);
        for (int i = 0; i < SmallFiles; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"small file {i}"), content.AsSpan(0, i));
        }

        Syscall.WriteFile(Path.Combine(volume.Path, "gone"), content);
        Syscall.Unlink(Path.Combine(volume.Path, "gone"));
        volume.Unmount();

        ShouldBeNoise(volume.Volume);
        volume.Mount();
        File.ReadAllBytes(Path.Combine(volume.Path, "large")).AsSpan().SequenceEqual(content).ShouldBeTrue();
        new FileInfo(Path.Combine(volume.Path, "small file 999")).Length.ShouldBe(999);
        volume.Info().GetProperty("header").GetProperty("profile").GetString().ShouldBe("scattered");
        JsonDocument.Parse(TesseraCommand.Do("scrub", "--rate", "0", "--json", volume.Path)).RootElement.GetProperty("clean").GetBoolean().ShouldBeTrue();
        volume.Unmount();
        volume.Fsck();
    }

    /// <summary>A copy that keeps times (cp -p, tar, rsync -t) does not say when the volume was last used; by ctime the host itself does.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_files_are_as_old_as_when_they_were_made_unless_times_are_to_show(bool isFolder)
    {
        await using TestVolume volume = TestVolume.Create(["--profile", "scattered", "--size", "96M", .. isFolder ? (string[])["--file-size", "8M"] : []]);
        string times = "stat -c '%n %y %w %x %s %b %a %h' vault" + (isFolder ? "/*" : string.Empty);
        string made = Programs.Shell(volume.Scratch, times);
        volume.Mount();
        Programs.Shell(volume.Path, "for i in $(seq 50); do head -c 100K /dev/urandom > f$i; done; sync; sleep 0.1; echo more > g");
        volume.Unmount();
        Programs.Shell(volume.Scratch, times).ShouldBe(made);
        volume.Mount("-o", "ro");
        File.ReadAllText(Path.Combine(volume.Path, "g")).ShouldBe("more\n");
        volume.Unmount();
        volume.Fsck();
        Programs.Shell(volume.Scratch, times).ShouldBe(made);
        made.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ')).ShouldAllBe(static words => words[2] == words[5], made);

        volume.Mount("-o", "show_times");
        File.WriteAllText(Path.Combine(volume.Path, "h"), "more");
        volume.Unmount();
        Programs.Shell(volume.Scratch, times).ShouldNotBe(made);
        volume.Check();
    }

    [Fact]
    public async Task A_killed_daemon_loses_nothing_that_was_synced_and_leaves_noise()
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        volume.Mount();
        string path = Path.Combine(volume.Path, "synced");
        int file = Syscall.OpenFile(path, flags: 0x241); // O_WRONLY | O_CREAT | O_TRUNC
        byte[] content = new byte[LargeBytes];
        new Random(1).NextBytes(content);
        Syscall.WriteAll(file, content);
        Syscall.SyncFile(file);

        volume.Kill();
        Syscall.DropFile(file);

        ShouldBeNoise(volume.Volume);
        volume.Mount();
        File.ReadAllBytes(path).AsSpan().SequenceEqual(content).ShouldBeTrue();
        volume.Unmount();
        volume.Fsck();
    }

    /// <summary>As many decoys as slots unless it is said otherwise; they take no space, and go to the disk as what is real does.</summary>
    [Theory]
    [InlineData("rw", 1)]
    [InlineData("decoys=0", 0)]
    public async Task Decoys_are_written_beside_what_is_real(string option, int decoys)
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        volume.Mount("-o", option);
        (long Written, long Decoys, long Used) before = Figures(volume);
        int file = Syscall.OpenFile(Path.Combine(volume.Path, "large"), flags: 0x241); // O_WRONLY | O_CREAT | O_TRUNC
        Syscall.WriteAll(file, new byte[LargeBytes]);
        Syscall.SyncFile(file);
        Syscall.CloseFile(file);
        (long Written, long Decoys, long Used) after = Figures(volume);

        long slots = LargeBytes / Slot;
        (after.Decoys - before.Decoys).ShouldBeGreaterThanOrEqualTo(slots * decoys);
        (after.Decoys - before.Decoys).ShouldBeLessThanOrEqualTo((slots + 2000) * decoys); // Nodes of the tree have theirs, too.
        (after.Written - before.Written).ShouldBeGreaterThanOrEqualTo(slots * (1 + decoys) * Slot);
        (after.Used - before.Used).ShouldBeLessThan((slots + 2000) * Slot);
        volume.Unmount();
        ShouldBeNoise(volume.Volume);
        volume.Fsck();
    }

    /// <summary>What others write pays for moving what nobody writes; it takes no space, and reads the same.</summary>
    [Theory]
    [InlineData("reshuffle=0", false)]
    [InlineData("reshuffle=100", true)]
    public async Task What_nobody_writes_is_moved_about(string option, bool moves)
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        volume.Mount("-o", option);
        byte[] still = new byte[LargeBytes];
        new Random(1).NextBytes(still);
        Syscall.WriteFile(Path.Combine(volume.Path, "still"), still);
        volume.Unmount();
        volume.Mount("-o", option);
        long used = Figures(volume).Used;
        for (int i = 0; i < 3; i++)
        {
            int busy = Syscall.OpenFile(Path.Combine(volume.Path, "busy"), flags: 0x241); // O_WRONLY | O_CREAT | O_TRUNC
            Syscall.WriteAll(busy, new byte[LargeBytes]);
            Syscall.SyncFile(busy);
            Syscall.CloseFile(busy);
        }

        var watch = Stopwatch.StartNew();
        while (moves && Moved(volume) < LargeBytes && watch.Elapsed < s_patience)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        Moved(volume).ShouldBeInRange(moves ? LargeBytes : 0, moves ? 4L * LargeBytes : 0);
        volume.Unmount();
        ShouldBeNoise(volume.Volume);
        volume.Mount();
        File.ReadAllBytes(Path.Combine(volume.Path, "still")).AsSpan().SequenceEqual(still).ShouldBeTrue();
        Figures(volume).Used.ShouldBeLessThan(used + LargeBytes + (2000 * Slot));
        volume.Unmount();
        volume.Fsck();
    }

    /// <summary>As much goes to the disk from one flush to the next, whether or not anybody works; and what was synced is there after a kill.</summary>
    [Fact]
    public async Task With_cover_an_idle_and_a_busy_volume_write_alike()
    {
        const int Flushes = 20;
        const double SlotsPerFlush = 12; // 512 KiB a second are 128 slots, and ten flushes.
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        volume.Mount("-o", "cover=512K");
        double idle = await SlotsPerFlushAsync(volume, Flushes, static () => { });
        int files = 0;
        byte[] content = new byte[3 * Slot];
        double busy = await SlotsPerFlushAsync(volume, Flushes, () =>
        {
            int file = Syscall.OpenFile(Path.Combine(volume.Path, $"file {files++}"), flags: 0x241); // O_WRONLY | O_CREAT | O_TRUNC
            Syscall.WriteAll(file, content);
            Syscall.SyncFile(file);
            Syscall.CloseFile(file);
        });

        idle.ShouldBe(SlotsPerFlush, 1); // Roots come on top, two every ten seconds.
        busy.ShouldBe(SlotsPerFlush, 1);
        files.ShouldBeGreaterThan(1); // How many there are in that time is the machine's affair.
        volume.Kill();
        volume.Mount();
        for (int i = 0; i < files; i++)
        {
            File.ReadAllBytes(Path.Combine(volume.Path, $"file {i}")).Length.ShouldBe(content.Length);
        }

        volume.Unmount();
        ShouldBeNoise(volume.Volume);
        volume.Fsck();
    }

    [Theory]
    [InlineData("ro,cover=1M")]
    [InlineData("cover=1K")]
    [InlineData("cover=1G")]
    public async Task An_even_pace_that_cannot_be_kept_is_refused(string option)
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");

        ProgramResult refused = volume.TryMount("-o", option);

        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("'cover'");
    }

    [Theory]
    [InlineData("decoys=1")]
    [InlineData("reshuffle=10")]
    [InlineData("cover=1M")]
    public async Task Decoys_and_reshuffle_are_refused_for_other_volumes(string option)
    {
        await using TestVolume volume = TestVolume.Create();

        ProgramResult refused = volume.TryMount("-o", option);

        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("profile scattered");
    }

    /// <summary>Slots written for each flush of the disk, while something is done over and over.</summary>
    private static async Task<double> SlotsPerFlushAsync(TestVolume volume, int flushes, Action work)
    {
        (long slots, long flushed) before = SlotsAndFlushes(volume);
        (long slots, long flushed) now = before;
        for (var watch = Stopwatch.StartNew(); now.flushed < before.flushed + flushes;)
        {
            watch.Elapsed.ShouldBeLessThan(s_patience);
            work();
            await Task.Delay(50, TestContext.Current.CancellationToken);
            now = SlotsAndFlushes(volume);
        }

        return (now.slots - before.slots) / (double)(now.flushed - before.flushed);
    }

    private static (long Slots, long Flushes) SlotsAndFlushes(TestVolume volume)
    {
        var calls = volume.Stats().GetProperty("disk").EnumerateArray().ToDictionary(call => call.GetProperty("name").GetString()!);
        return (calls["write"].GetProperty("bytes").GetInt64() / Slot, calls["flush"].GetProperty("count").GetInt64());
    }

    private static long Moved(TestVolume volume) => volume.Stats().GetProperty("reshuffle").GetProperty("moved_bytes").GetInt64();

    private static (long Written, long Decoys, long Used) Figures(TestVolume volume)
    {
        JsonElement stats = volume.Stats();
        JsonElement write = stats.GetProperty("disk").EnumerateArray().FirstOrDefault(call => call.GetProperty("name").GetString() == "write");
        return (
            write.ValueKind == JsonValueKind.Undefined ? 0 : write.GetProperty("bytes").GetInt64(),
            stats.GetProperty("decoys").GetProperty("written").GetInt64(),
            stats.GetProperty("space").GetProperty("used_bytes").GetInt64());
    }

    /// <summary>Slots that are being written count once, not also as what is still to be written.</summary>
    [Fact]
    public async Task It_takes_data_until_it_is_nearly_full()
    {
        const long Least = 66L << 20; // Of 96 MiB: 12 are the log's, 4 kept back, and the rest is for nodes.
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        volume.Mount();
        string path = Path.Combine(volume.Path, "full");
        int file = Syscall.OpenFile(path, flags: 0x241); // O_WRONLY | O_CREAT | O_TRUNC
        byte[] piece = new byte[64 << 10];
        Should.Throw<SyscallException>(() =>
        {
            for (long at = 0; at < Length; at += piece.Length)
            {
                Syscall.WriteAll(file, piece);
            }
        }).Message.ShouldContain("No space");
        Syscall.CloseFile(file);

        new FileInfo(path).Length.ShouldBeGreaterThan(Least);
        volume.Unmount();
        ShouldBeNoise(volume.Volume);
        volume.Fsck();
    }

    private static void ShouldBeNoise(string medium) => NoiseCheck.ShouldBeNoise(medium, Length);
}
