using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>An older copy of a whole volume in its place, and the shipped command that has seen the newer one (docs/format/memory.md).</summary>
public sealed partial class RollbackTests
{
    private const int RolledBack = 13;
    private const int KillRounds = 6;

    /// <summary>Notes are at most 10 seconds behind checkpoints.</summary>
    private static readonly TimeSpan s_noteLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_older_copy_is_refused_by_every_command_and_left_alone_until_it_is_accepted()
    {
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "older");
        volume.Unmount();
        string copy = CopyOf(volume);
        volume.Mount();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "newer");
        volume.Unmount();
        File.Copy(copy, volume.Volume, overwrite: true);
        byte[] before = Digest(volume);

        ProgramResult refused = volume.TryMount();
        RequireRefused(refused);
        Match told = Generations().Match(refused.Error);
        told.Success.ShouldBeTrue(refused.Error);
        ulong.Parse(told.Groups["found"].Value).ShouldBeLessThan(ulong.Parse(told.Groups["seen"].Value));
        RequireRefused(volume.TryMount("--read-only"));
        RequireRefused(Run(volume, "fsck", volume.Volume));
        RequireRefused(Run(volume, "fsck", "--repair", volume.Volume));
        RequireRefused(Run(volume, "scrub", volume.Volume));
        RequireRefused(Run(volume, "backup", volume.Volume, Path.Combine(volume.Scratch, "backups")));
        RequireRefused(Run(volume, "export", volume.Volume, Path.Combine(volume.Scratch, "exported")));
        RequireRefused(Run(volume, "import", volume.Path, volume.Volume));
        RequireRefused(Run(volume, "key", "change", volume.Volume, "--new-passphrase-file", volume.PassphraseFile, "--key-memory", "8M"));
        RequireRefused(Run(volume, "key", "remove", volume.Volume, "1"));
        Digest(volume).ShouldBe(before, "a refused volume was changed");

        volume.Mount("--accept-rollback");
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("older");
        volume.Remount();
        volume.Expect("ended");
        volume.Check();
    }

    [Fact]
    public async Task A_copy_that_was_used_elsewhere_is_refused_however_far_it_has_come()
    {
        await using TestVolume volume = TestVolume.Mounted();
        volume.Unmount();
        string copy = CopyOf(volume);
        for (int i = 0; i < 3; i++)
        {
            MountElsewhere(volume, copy, i);
        }

        volume.Mount();
        volume.Unmount();
        File.Copy(copy, volume.Volume, overwrite: true);

        ProgramResult refused = volume.TryMount();

        RequireRefused(refused);
        refused.Error.ShouldContain("another way");
        volume.Mount("-o", "accept_rollback");
        File.Exists(Path.Combine(volume.Path, "elsewhere2")).ShouldBeTrue();
        volume.Expect("ended");
        volume.Check();
    }

    [Fact]
    public async Task A_killed_daemon_leaves_nothing_that_looks_like_an_older_copy()
    {
        await using TestVolume volume = TestVolume.Mounted();
        for (int round = 0; round < KillRounds; round++)
        {
            for (int i = 0; i < 20 * round; i++)
            {
                Syscall.WriteFile(Path.Combine(volume.Path, $"file{i}"), new byte[100_000]);
            }

            volume.Kill();
            ProgramResult mounted = volume.TryMount(round % 2 == 0 ? [] : ["--read-only"]);
            mounted.ExitCode.ShouldBe(0, mounted.ToString());
            volume.Adopt();
            if (round % 2 != 0)
            {
                volume.Remount();
            }
        }

        volume.Check();
    }

    /// <summary>The daemon goes on noting, so that a copy of the time of its mount is older than what a crash leaves.</summary>
    [Fact]
    public async Task A_copy_from_the_time_of_the_mount_is_refused_after_a_crash()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string copy = CopyOf(volume);
        string note = Directory.EnumerateFiles(StateDirectory.Seen).MaxBy(File.GetLastWriteTimeUtc)!;
        byte[] atMount = File.ReadAllBytes(note);
        File.WriteAllText(Path.Combine(volume.Path, "file"), "written since");
        Run(volume, "backup", volume.Path, Path.Combine(volume.Scratch, "backups")).ExitCode.ShouldBe(0); // It begins with a checkpoint.
        DateTime limit = DateTime.UtcNow + s_noteLimit;
        while (File.ReadAllBytes(note).AsSpan().SequenceEqual(atMount) && DateTime.UtcNow < limit)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        volume.Kill();
        string left = CopyOf(volume, "left");
        File.Copy(copy, volume.Volume, overwrite: true);

        RequireRefused(volume.TryMount());

        File.Copy(left, volume.Volume, overwrite: true);
        volume.Mount();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("written since");
        volume.Expect("ended");
        volume.Check();
    }

    [Fact]
    public async Task Nothing_is_compared_or_remembered_where_that_is_said()
    {
        await using TestVolume volume = TestVolume.Create();
        int notes = CountNotes();
        volume.Mount("--no-remember");
        volume.Unmount();
        Run(volume, "fsck", volume.Volume, "--no-remember").ExitCode.ShouldBe(0);
        CountNotes().ShouldBe(notes);
        string copy = CopyOf(volume);
        volume.Mount();
        volume.Unmount();
        CountNotes().ShouldBe(notes + 1);
        File.Copy(copy, volume.Volume, overwrite: true);

        volume.Mount("-o", "noremember");

        volume.Unmount();
        RequireRefused(volume.TryMount());
    }

    [Fact]
    public async Task A_state_directory_that_cannot_be_written_costs_a_warning()
    {
        await using TestVolume volume = TestVolume.Create();
        ProgramResult mounted = Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, "mount", volume.Volume, volume.Path, "--passphrase-file", volume.PassphraseFile)
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_STATE_HOME"] = volume.PassphraseFile },
        });

        mounted.ExitCode.ShouldBe(0, mounted.ToString());
        volume.Adopt();
        volume.Log.ShouldContain(line => line.GetProperty("event").GetString() == "rollback_memory" && line.GetProperty("level").GetString() == "warning");
        volume.Check();
    }

    [Fact]
    public async Task A_restored_backup_is_opened_without_a_word_and_so_is_the_volume_beside_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string backups = Path.Combine(volume.Scratch, "backups");
        Run(volume, "backup", volume.Path, backups).ExitCode.ShouldBe(0);
        File.WriteAllText(Path.Combine(volume.Path, "file"), "written since");
        volume.Remount();
        volume.Unmount();
        string restored = Path.Combine(volume.Scratch, "restored");

        Run(volume, "restore", backups, restored).ExitCode.ShouldBe(0);

        Run(volume, "fsck", restored).ExitCode.ShouldBe(0);
        Run(volume, "fsck", volume.Volume).ExitCode.ShouldBe(0);
        RequireRefused(Run(volume, "fsck", restored));
        Run(volume, "fsck", restored, "--no-remember").ExitCode.ShouldBe(0);
    }

    private static string CopyOf(TestVolume volume, string name = "copy")
    {
        string copy = Path.Combine(volume.Scratch, name);
        Programs.Run(volume.Scratch, "cp", "--sparse=always", volume.Volume, copy);
        return copy;
    }

    private static void MountElsewhere(TestVolume volume, string copy, int round)
    {
        string elsewhere = Path.Combine(volume.Scratch, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        TesseraCommand.Do("mount", copy, elsewhere, "--passphrase-file", volume.PassphraseFile, "--no-remember");
        File.WriteAllText(Path.Combine(elsewhere, $"elsewhere{round}"), "written in the copy");
        TesseraCommand.Do("umount", elsewhere);
    }

    private static ProgramResult Run(TestVolume volume, params string[] arguments) => TesseraCommand.Run([.. arguments, "--passphrase-file", volume.PassphraseFile]);

    private static void RequireRefused(ProgramResult result)
    {
        result.ExitCode.ShouldBe(RolledBack, result.ToString());
        result.Error.ShouldContain("--accept-rollback");
    }

    private static byte[] Digest(TestVolume volume)
    {
        using FileStream file = File.OpenRead(volume.Volume);
        return SHA256.HashData(file);
    }

    private static int CountNotes() => Directory.Exists(StateDirectory.Seen) ? Directory.GetFiles(StateDirectory.Seen).Length : 0;

    [GeneratedRegex(@"Seen here: generation (?<seen>\d+) of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; found: generation (?<found>\d+) of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Generations();
}
