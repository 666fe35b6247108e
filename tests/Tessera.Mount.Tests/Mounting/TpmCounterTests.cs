using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>A volume that is bound to a counter of a TPM 2.0: an older copy is noticed even where the state directory was put back with it.</summary>
public sealed class TpmCounterTests
{
    private const int RolledBack = 13;

    [Fact]
    public async Task An_older_copy_is_refused_although_what_was_remembered_was_put_back_too()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        string state = Directory.CreateDirectory(Path.Combine(volume.Scratch, "state")).FullName;
        Mount(volume, tpm, state, "--rollback-counter", "tpm");
        File.WriteAllText(Path.Combine(volume.Path, "file"), "older");
        volume.Unmount();
        Programs.Run(volume.Scratch, "cp", "--sparse=always", volume.Volume, "copy");
        Programs.Run(volume.Scratch, "cp", "-a", state, "state-then");
        Mount(volume, tpm, state);
        File.WriteAllText(Path.Combine(volume.Path, "file"), "newer");
        volume.Unmount();
        await tpm.RestartAsync();
        Programs.Run(volume.Scratch, "cp", "--sparse=always", volume.Volume, "newest");
        Programs.Run(volume.Scratch, "cp", "copy", volume.Volume);
        Directory.Delete(state, recursive: true);
        Directory.Move(Path.Combine(volume.Scratch, "state-then"), state);
        byte[] before = File.ReadAllBytes(volume.Volume);

        RequireRefused(Run(volume, tpm, state, "mount", volume.Volume, volume.Path), "older than its counter");
        RequireRefused(Run(volume, tpm, state, "mount", volume.Volume, volume.Path, "--read-only"), "older than its counter");
        RequireRefused(Run(volume, tpm, state, "mount", volume.Volume, volume.Path, "--no-remember"), "older than its counter");
        RequireRefused(Run(volume, tpm, state, "fsck", volume.Volume), "older than its counter");
        RequireRefused(Run(volume, tpm, state, "fsck", "--repair", volume.Volume), "older than its counter");
        RequireRefused(Run(volume, tpm, state, "export", volume.Volume, Path.Combine(volume.Scratch, "out")), "older than its counter");
        RequireRefused(Run(volume, tpm, state, "key", "remove", volume.Volume, "1"), "older than its counter");
        File.ReadAllBytes(volume.Volume).AsSpan().SequenceEqual(before).ShouldBeTrue("a refused volume was changed");

        Mount(volume, tpm, state, "--accept-rollback");
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("older");
        volume.Unmount();
        Mount(volume, tpm, state); // It counts on from there, and the one that was newer is refused now.
        volume.Unmount();
        Programs.Run(volume.Scratch, "cp", "newest", volume.Volume);
        RequireRefused(Run(volume, tpm, state, "mount", volume.Volume, volume.Path, "--no-remember"), "older than its counter");
        volume.Expect("ended");
        RequireNothingLoaded(tpm);
    }

    [Fact]
    public async Task Another_tpm_a_cleared_one_and_none_are_told_and_left_behind_by_the_stated_flag()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        await using SoftwareTpm other = await SoftwareTpm.StartAsync(volume.Scratch);
        string state = Directory.CreateDirectory(Path.Combine(volume.Scratch, "state")).FullName;
        Mount(volume, tpm, state, "-o", "rollback_counter=tpm");
        volume.Unmount();
        RequireRefused(Run(volume, other, state, "mount", volume.Volume, volume.Path), "another TPM");
        RequireRefused(volume.TryMount(), "counter cannot be read"); // No TPM at all.
        volume.Mount("--accept-rollback", "--read-only");
        volume.Unmount();
        tpm.Do("tpm2_clear");
        RequireRefused(Run(volume, tpm, state, "mount", volume.Volume, volume.Path), "cleared");

        Mount(volume, other, state, "--accept-rollback", "--rollback-counter", "tpm");
        volume.Unmount();
        Mount(volume, other, state);
        volume.Unmount();
        other.Do("tpm2_getcap", "handles-nv-index").Trim().ShouldNotBeEmpty();
        Mount(volume, other, state, "--rollback-counter", "none");
        volume.Unmount();
        other.Do("tpm2_getcap", "handles-nv-index").Trim().ShouldBeEmpty("a counter that is given up leaves the TPM");
        volume.Mount();
        Run(volume, tpm, state, "mount", volume.Volume, volume.Path, "--rollback-counter", "hsm").ExitCode.ShouldBe(2);
        volume.Unmount();
        Run(volume, tpm, state, "mount", volume.Volume, volume.Path, "--rollback-counter", "tpm", "--read-only").ExitCode.ShouldBe(2);
        Run(volume, tpm, state, "mount", "dir:" + volume.Scratch, volume.Path, "--rollback-counter", "tpm").ExitCode.ShouldBe(2);
        ProgramResult none = volume.TryMount("--rollback-counter", "tpm");
        (none.ExitCode, none.Error.Contains("No counter was made", StringComparison.Ordinal)).ShouldBe((1, true), none.ToString());
        volume.Expect("ended");
        volume.Check(); // And nothing was changed by that.
    }

    [Fact]
    public async Task A_killed_daemon_and_every_opening_for_writing_count_and_nobody_is_locked_out()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        string state = Directory.CreateDirectory(Path.Combine(volume.Scratch, "state")).FullName;
        Mount(volume, tpm, state, "--rollback-counter", "tpm");
        for (int round = 0; round < 3; round++)
        {
            File.WriteAllText(Path.Combine(volume.Path, $"file{round}"), "content");
            volume.Kill();
            Mount(volume, tpm, state);
        }

        volume.Unmount();
        string tree = Directory.CreateDirectory(Path.Combine(volume.Scratch, "tree")).FullName;
        File.WriteAllText(Path.Combine(tree, "imported"), "content");
        Programs.Run(volume.Scratch, "cp", "--sparse=always", volume.Volume, "copy");
        Run(volume, tpm, state, "import", tree, volume.Volume).ExitCode.ShouldBe(0);
        Run(volume, tpm, state, "fsck", volume.Volume).ExitCode.ShouldBe(0);
        Run(volume, tpm, state, "fsck", "--repair", volume.Volume).ExitCode.ShouldBe(0);
        Mount(volume, tpm, state);
        File.Exists(Path.Combine(volume.Path, "imported")).ShouldBeTrue();
        volume.Unmount();
        Programs.Run(volume.Scratch, "cp", "copy", volume.Volume);
        RequireRefused(Run(volume, tpm, state, "mount", volume.Volume, volume.Path, "--no-remember"), "older than its counter");
        volume.Expect("ended");
    }

    private static void RequireNothingLoaded(SoftwareTpm tpm)
    {
        tpm.Do("tpm2_getcap", "handles-transient").Trim().ShouldBeEmpty();
        tpm.Do("tpm2_getcap", "handles-loaded-session").Trim().ShouldBeEmpty();
        tpm.Do("tpm2_getcap", "handles-saved-session").Trim().ShouldBeEmpty();
    }

    private static void Mount(TestVolume volume, SoftwareTpm tpm, string state, params string[] options)
    {
        ProgramResult mounted = Run(volume, tpm, state, ["mount", volume.Volume, volume.Path, .. options]);
        mounted.ExitCode.ShouldBe(0, mounted.ToString());
        volume.Adopt();
    }

    private static ProgramResult Run(TestVolume volume, SoftwareTpm tpm, string state, params string[] arguments) =>
        Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, [.. arguments, "--passphrase-file", volume.PassphraseFile])
        {
            Environment = new Dictionary<string, string>(tpm.Environment, StringComparer.Ordinal) { ["XDG_STATE_HOME"] = state },
        });

    private static void RequireRefused(ProgramResult result, string said)
    {
        result.ExitCode.ShouldBe(RolledBack, result.ToString());
        result.Error.ShouldContain(said);
        result.Error.ShouldContain("--accept-rollback");
    }
}
