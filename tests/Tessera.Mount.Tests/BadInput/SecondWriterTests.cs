using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

public sealed class SecondWriterTests
{
    [Fact]
    public async Task A_second_daemon_on_the_same_volume_is_refused_and_the_first_lives_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string elsewhere = Path.Combine(volume.Scratch, "elsewhere");
        Directory.CreateDirectory(elsewhere);

        ProgramResult result = TesseraCommand.Run("mount", volume.Volume, elsewhere, "--passphrase-file", volume.PassphraseFile);

        result.ExitCode.ShouldBe(6);
        result.Error.ShouldContain($"process {volume.DaemonId}");
        File.WriteAllText(Path.Combine(volume.Path, "file"), "still writable");
        volume.Check();
    }

    [Fact]
    public async Task A_volume_that_another_host_did_not_close_is_opened_only_when_taken_over()
    {
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "written here");
        volume.Kill();
        string identity = Path.Combine(volume.Scratch, "machine-id");
        File.WriteAllText(identity, "0123456789abcdef0123456789abcdef\n");

        ProgramResult refused = MountAsOtherHost(volume, identity, string.Empty);
        refused.ExitCode.ShouldBe(6, refused.ToString());
        refused.Error.ShouldContain("takeover");
        volume.Expect("ended");

        MountAsOtherHost(volume, identity, "-o takeover").ExitCode.ShouldBe(0);
        volume.TryMount().ExitCode.ShouldBe(0); // The other host closed it well.
        volume.Adopt();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("written here");
        volume.Check();
    }

    [Fact]
    public async Task A_container_overwritten_while_mounted_turns_read_only_and_is_not_merged()
    {
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(volume.Path, "before"), "in both");
        volume.Unmount();
        string copy = Path.Combine(volume.Scratch, "copy");
        File.Copy(volume.Volume, copy);
        string elsewhere = Path.Combine(volume.Scratch, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        TesseraCommand.Do("mount", copy, elsewhere, "--passphrase-file", volume.PassphraseFile, "--no-remember");
        File.WriteAllText(Path.Combine(elsewhere, "there"), "written in the copy");
        TesseraCommand.Do("umount", elsewhere);

        volume.Mount();
        Programs.Shell(volume.Scratch, "dd if=copy of=vault conv=notrunc bs=1M status=none");
        ProgramResult written = Programs.TryRun(new ProgramStart("sh", "-c", $"cd {volume.Path} && for i in $(seq 3000); do echo $i > file$i && sync file$i || exit 1; done"));

        written.ExitCode.ShouldNotBe(0, "writes went on over another writer's volume");
        volume.Info().GetProperty("read_only").GetBoolean().ShouldBeTrue();
        TesseraCommand.Run("umount", volume.Path);
        volume.Log.ShouldContain(line => line.GetProperty("event").GetString() == "store");
        volume.TryMount().ExitCode.ShouldBe(13, "it is not what was mounted here");
        volume.TryMount("--accept-rollback").ExitCode.ShouldBe(0);
        volume.Adopt();
        File.ReadAllText(Path.Combine(volume.Path, "there")).ShouldBe("written in the copy");
        File.ReadAllText(Path.Combine(volume.Path, "before")).ShouldBe("in both");
    }

    /// <summary>Mounts and unmounts in a mount name space where machine-id(5) is another.</summary>
    private static ProgramResult MountAsOtherHost(TestVolume volume, string identity, string option)
    {
        string tessera = TesseraCommand.Launcher;
        return Programs.TryRun(new ProgramStart(
            "unshare",
            "-m",
            "sh",
            "-c",
            $"mount --bind {identity} /etc/machine-id && {tessera} mount {volume.Volume} {volume.Path} --passphrase-file {volume.PassphraseFile} {option} && {tessera} umount {volume.Path}"));
    }
}
