using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>Mounts that go by themselves when nobody uses them, and all at once when somebody says so.</summary>
public sealed class UnmountingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task An_idle_mount_goes_by_itself_and_keeps_what_was_written()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "idle=2s");
        Syscall.WriteFile(Path.Combine(volume.Path, "file"), "kept"u8);

        volume.WaitForDaemon();

        TestVolume.MountsBelow(volume.Scratch).ShouldBeEmpty();
        volume.Log.ShouldContain(line => line.GetProperty("event").GetString() == "idle_unmounted");
        volume.Fsck();
        volume.Mount();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("kept");
        volume.Check();
    }

    [Fact]
    public async Task A_mount_with_an_open_file_stays_until_it_is_closed()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "idle=1s");
        int file = Syscall.OpenFile(Path.Combine(volume.Path, "file"), Syscall.WriteOnly | Syscall.Create);

        SpinWait.SpinUntil(() => volume.Log.Any(line => line.GetProperty("event").GetString() == "idle_but_in_use"), Patience).ShouldBeTrue();
        TestVolume.MountsBelow(volume.Scratch).ShouldBe([volume.Path]);
        Syscall.WriteAll(file, "written after it was tried"u8);
        Syscall.CloseFile(file);

        volume.WaitForDaemon();
        volume.Mount();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("written after it was tried");
        volume.Check();
    }

    /// <summary>Other tests mount too: in a mount name space of its own "all" is what this test mounted.</summary>
    [Fact]
    public async Task All_mounts_go_but_the_one_in_use_which_is_named()
    {
        await using TestVolume volume = TestVolume.Create();
        string script = $$"""
            mount --make-rprivate /
            for m in $({ grep fuse.tessera /proc/self/mountinfo || true; } | cut -d' ' -f5); do umount -l "$m"; done
            mkdir a b c
            for m in a b c; do {{TesseraCommand.Launcher}} init v$m --passphrase-file passphrase --key-memory 8M --size 64M > code$m; {{TesseraCommand.Launcher}} mount v$m $m --passphrase-file passphrase; done
            sleep 1000 < b & in=$!
            code=0; {{TesseraCommand.Launcher}} umount --all 2> complaint || code=$?
            test "$code" = 6; grep -q "/b is in use by sleep" complaint
            grep -q fuse.tessera /proc/self/mountinfo; test "$(grep -c fuse.tessera /proc/self/mountinfo)" = 1
            kill $in; wait $in || true
            {{TesseraCommand.Launcher}} umount --all
            ! grep -q fuse.tessera /proc/self/mountinfo
            {{TesseraCommand.Launcher}} umount --all
            for m in a b c; do {{TesseraCommand.Launcher}} fsck v$m --passphrase-file passphrase --quick; done
            """;

        ProgramResult result = Programs.TryRun(new ProgramStart("unshare", "--mount", "bash", "-euo", "pipefail", "-c", script) { Directory = volume.Scratch });

        result.ExitCode.ShouldBe(0, result.ToString());
    }

    /// <summary>Who looks for the users of one mount must not ask another for its files: it may not answer.</summary>
    /// <remarks>This process has nothing open in the mount that does not answer: whatever it started then would hang closing it.</remarks>
    [Fact]
    public async Task Who_uses_a_mount_is_found_although_another_does_not_answer()
    {
        await using var silent = new DirectoryMount(source: null, "-o", "attr_timeout=0");
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(silent.Path, "file"), "x");
        File.WriteAllText(Path.Combine(volume.Path, "file"), "x");
        string script = $$"""
            sleep 1000 < {{silent.Path}}/file & in_silent=$!
            sleep 1000 < {{volume.Path}}/file & in_volume=$!
            until test "$(readlink /proc/$in_silent/fd/0)" = {{silent.Path}}/file; do sleep 0.01; done
            until test "$(readlink /proc/$in_volume/fd/0)" = {{volume.Path}}/file; do sleep 0.01; done
            (exec > /dev/null 2>&1; sleep 60; kill -CONT {{silent.DaemonId}}) &
            kill -STOP {{silent.DaemonId}}
            code=0; timeout -k 1 40 {{TesseraCommand.Launcher}} umount {{volume.Path}} 2> complaint || code=$?
            kill -CONT {{silent.DaemonId}}
            kill $in_silent $in_volume; wait $in_silent $in_volume || true
            cat complaint; test "$code" = 6; grep -q "{{volume.Path}} is in use by sleep" complaint
            """;

        ProgramResult result = Programs.TryRun(new ProgramStart("bash", "-eu", "-c", script) { Directory = volume.Scratch });

        result.ExitCode.ShouldBe(0, result.ToString());
        silent.Check();
        volume.Check();
    }

    [Fact]
    public async Task A_forced_unmount_keeps_what_was_written_and_fails_what_is_open()
    {
        await using TestVolume volume = TestVolume.Mounted();
        int file = Syscall.OpenFile(Path.Combine(volume.Path, "file"), Syscall.WriteOnly | Syscall.Create);
        Syscall.WriteAll(file, "written before"u8);
        TesseraCommand.Run("umount", volume.Path).ExitCode.ShouldBe(6, "it is in use");

        ProgramResult forced = TesseraCommand.Run("umount", "--force", volume.Path);

        forced.ExitCode.ShouldBe(0, forced.ToString());
        TestVolume.MountsBelow(volume.Scratch).ShouldBeEmpty();
        volume.WaitForDaemon();
        Should.Throw<SyscallException>(() =>
        {
            Syscall.WriteAll(file, "written after"u8);
            Syscall.SyncFile(file);
        });
        Syscall.DropFile(file);
        volume.Mount();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("written before");
        volume.Check();
    }

    [Fact]
    public void Lazy_and_forced_at_once_is_wrong_usage() => TesseraCommand.Run("umount", "--all", "--lazy", "--force").ExitCode.ShouldBe(2);

    /// <summary>The unit that the guide gives: systemd finds nothing wrong in it, and what it runs closes mounts in use.</summary>
    [Fact]
    public async Task The_unit_for_sleep_is_sound_and_closes_everything()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd is missing");
        await using TestVolume volume = TestVolume.Create();
        const string Unit = "tessera-sleep.service";
        string guide = File.ReadAllText(Path.Combine(TesseraCommand.Root, "docs/guide/fstab-and-systemd.md"));
        string[] lines = guide[guide.IndexOf($"# /etc/systemd/system/{Unit}", StringComparison.Ordinal)..].Split("```")[0].Split('\n');
        string command = lines.Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split('=', 2)[1].Replace("/usr/local/bin/tessera", TesseraCommand.Launcher, StringComparison.Ordinal);
        command.ShouldStartWith(TesseraCommand.Launcher);
        File.WriteAllLines(Path.Combine(volume.Scratch, Unit), lines.Select(line => line.StartsWith("ExecStart=", StringComparison.Ordinal) ? $"ExecStart={command}" : line));
        string script = $$"""
            mount --make-rprivate /
            for m in $({ grep fuse.tessera /proc/self/mountinfo || true; } | cut -d' ' -f5); do umount -l "$m"; done
            test -z "$(systemd-analyze verify ./{{Unit}} 2>&1)"
            {{TesseraCommand.Launcher}} mount vault mnt --passphrase-file passphrase
            exec 8> mnt/file; echo written >&8
            {{command}}
            ! grep -q fuse.tessera /proc/self/mountinfo
            ! dd if=/dev/zero of=/dev/fd/8 bs=1 count=1 status=none
            exec 8>&- || true
            {{TesseraCommand.Launcher}} mount vault mnt --passphrase-file passphrase
            test "$(cat mnt/file)" = written
            {{command}}
            """;

        ProgramResult result = Programs.TryRun(new ProgramStart("unshare", "--mount", "bash", "-euxo", "pipefail", "-c", script) { Directory = volume.Scratch });

        result.ExitCode.ShouldBe(0, result.ToString());
    }
}
