using System.Diagnostics;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>Reading or deleting en masse raises an alarm in a volume mounted with "-o alarm=…", which warns, throttles or locks; programs at work raise none.</summary>
public sealed class AlarmTests
{
    private const string MakeFiles = "for i in $(seq 300); do echo $i > f$i; done";

    [Fact]
    public async Task A_mass_delete_is_told_in_the_log_the_audit_and_info()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "audit,alarm=warn,alarm_deletes=200/1m");
        Programs.Shell(volume.Path, MakeFiles);
        volume.Info().GetProperty("alarm").GetProperty("raised").GetInt64().ShouldBe(0);

        Programs.Shell(volume.Path, "rm -r f*");

        JsonElement alarm = volume.Info().GetProperty("alarm");
        alarm.GetProperty("raised").GetInt64().ShouldBe(1);
        alarm.GetProperty("locked").GetBoolean().ShouldBeFalse();
        alarm.GetProperty("latest").GetString().ShouldBe("more than 200 files were deleted or emptied within 60 s");
        TesseraCommand.Do("info", volume.Path).ShouldContain("more than 200 files");
        JsonElement line = volume.Log.Single(entry => entry.GetProperty("event").GetString() == "alarm");
        line.GetProperty("level").GetString().ShouldBe("warning");
        line.GetProperty("uid").GetInt32().ShouldBe(0);
        TesseraCommand.Do("audit", volume.Path, "--operation", "alarm").ShouldContain("(warn)");
        Directory.EnumerateFileSystemEntries(volume.Path).ShouldBeEmpty();
        volume.Check();
    }

    [Fact]
    public async Task A_mass_delete_is_throttled_to_the_rate()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "alarm=throttle,alarm_deletes=100/10s");
        Programs.Shell(volume.Path, MakeFiles);
        long started = Stopwatch.GetTimestamp();

        Programs.Shell(volume.Path, "rm f1 f2 f3; for i in $(seq 4 140); do rm f$i; done");

        Stopwatch.GetElapsedTime(started).TotalSeconds.ShouldBeGreaterThan(3); // 40 of them at 10 a second.
        Programs.Shell(volume.Path, "cat f200 > /dev/null; echo more > new");
        volume.Check();
    }

    [Fact]
    public async Task A_mass_delete_locks_the_mount_until_it_is_mounted_anew()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "alarm=lock,alarm_deletes=200/1m");
        Programs.Shell(volume.Path, MakeFiles);

        Programs.TryRun(new ProgramStart("bash", "-c", "rm f*") { Directory = volume.Path }).ExitCode.ShouldNotBe(0);

        foreach (string line in (string[])["cat f299", "echo x > new", "mkdir d", "mv f299 g", "ls", "rm f299", "truncate -s 0 f299", "ln f299 h", "chmod 600 f299"])
        {
            ProgramResult refused = Programs.TryRun(new ProgramStart("bash", "-c", line) { Directory = volume.Path });
            refused.ExitCode.ShouldNotBe(0, line);
            refused.Error.ShouldContain("Permission denied", customMessage: line);
        }

        volume.Info().GetProperty("alarm").GetProperty("locked").GetBoolean().ShouldBeTrue();
        volume.Remount("-o", "alarm=lock,alarm_deletes=200/1m");
        Directory.GetFiles(volume.Path).Length.ShouldBe(100);
        Programs.Shell(volume.Path, "test \"$(cat f99)\" = 99; rm f99");
        volume.Check();
    }

    [Fact]
    public async Task Reading_too_much_locks_the_mount_and_emptying_counts_as_deleting()
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount();
        Programs.Shell(volume.Path, "for i in $(seq 20); do head -c 1M /dev/urandom > f$i; done; setfattr -n user.note -v telling f2");
        volume.Remount("-o", "alarm=lock,alarm_reads=10M/1m");
        Programs.Shell(volume.Path, "getfattr --only-values -n user.note f2").ShouldBe("telling");
        ProgramResult read;
        using (var held = new FileStream(Path.Combine(volume.Path, "f1"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0))
        {
            held.ReadByte();
            read = Programs.TryRun(new ProgramStart("bash", "-c", "for i in $(seq 20); do cat f$i || exit 1; done | wc -c") { Directory = volume.Path });
            SpinWait.SpinUntil(() => IsRefused(held), TimeSpan.FromSeconds(30)).ShouldBeTrue("What was read before can be read again.");
        }

        long.Parse(read.Output, System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(8 << 20, 11 << 20);
        foreach (string asked in (string[])["-n user.note", "-d"])
        {
            ProgramResult told = Programs.TryRun(new ProgramStart("bash", "-c", $"getfattr {asked} f2") { Directory = volume.Path });
            told.Output.ShouldNotContain("note");
            told.Error.ShouldContain("Permission denied", customMessage: asked);
        }

        volume.Info().GetProperty("alarm").GetProperty("latest").GetString().ShouldBe("more than 10485760 bytes were read within 60 s");

        volume.Remount("-o", "alarm=warn,alarm_deletes=10/1m");
        Programs.Shell(volume.Path, "for i in $(seq 15); do : > f$i; done");
        volume.Info().GetProperty("alarm").GetProperty("raised").GetInt64().ShouldBe(1);
        volume.TryMount("-o", "alarm=loud").ExitCode.ShouldBe(2);
        volume.TryMount("-o", "alarm_reads=1G/1m").ExitCode.ShouldBe(2);
        volume.Check();
    }

    private static bool IsRefused(FileStream held)
    {
        try
        {
            held.Position = 0;
            held.ReadByte();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>With the rates of who says none, and a lock: an alarm would fail the programs.</summary>
    [Fact]
    public async Task Programs_at_work_raise_no_alarm()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "audit,alarm=lock");
        string origin = Path.Combine(volume.Scratch, "origin");
        SampleTree.Create(origin, files: 3_000, seed: 7);
        Programs.Shell(origin, "git init -q -b main && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm first && tar -cf ../in.tar --exclude=.git .");

        Programs.Shell(volume.Path, $"git clone -q --no-hardlinks file://{origin} clone && cd clone && git gc -q --prune=now && git fsck --full");
        Programs.Shell(volume.Path, $"mkdir tree && tar -xf {volume.Scratch}/in.tar -C tree && grep -r x tree > /dev/null; tar -cf - tree | wc -c && rm -rf tree");
        Programs.Shell(
            volume.Path,
            "mkdir build && cd build && for i in $(seq 40); do echo \"#include <stdio.h>\nint f$i(void) { return puts(\\\"$i\\\"); }\" > f$i.c; done && for n in 1 2 3; do for i in $(seq 40); do cc -c f$i.c; done; rm *.o; done");

        volume.Info().GetProperty("alarm").GetProperty("raised").GetInt64().ShouldBe(0);
        TesseraCommand.Run("audit", volume.Path, "--operation", "alarm").ExitCode.ShouldBe(0);
        volume.Check();
    }
}
