using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

public sealed class UnusableMountPointTests
{
    [Fact]
    public async Task A_mount_point_in_use_is_refused_and_the_mount_there_lives_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "content");
        string other = Path.Combine(volume.Scratch, "other");
        TesseraCommand.Do("init", other, "--profile", "plain");

        ProgramResult result = TesseraCommand.Run("mount", other, volume.Path);

        result.ExitCode.ShouldBe(6);
        result.Error.ShouldContain(volume.Volume);
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("content");
        volume.Check();
    }

    [Fact]
    public async Task A_missing_mount_point_and_one_that_is_a_file_are_unusable()
    {
        await using TestVolume volume = TestVolume.Create();

        TesseraCommand.Run("mount", volume.Volume, volume.Path + "-none", "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(11);
        TesseraCommand.Run("mount", volume.Volume, volume.PassphraseFile, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(11);
    }

    [Fact]
    public async Task A_mount_left_dead_is_detached_by_the_next_mount_also_while_the_kernel_still_answers_from_its_caches()
    {
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "content");
        Programs.Run(volume.Path, "ls", "-la");
        volume.Kill();

        volume.Mount();

        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("content");
        File.ReadLines("/proc/self/mounts").Count(line => line.Split(' ')[1] == volume.Path).ShouldBe(1);
        volume.Check();
    }

    [Fact]
    public async Task A_mount_left_dead_is_detached_by_umount()
    {
        await using TestVolume volume = TestVolume.Mounted();
        volume.Kill();

        TesseraCommand.Do("umount", volume.Path);

        TesseraCommand.Run("umount", volume.Path).ExitCode.ShouldBe(12);
    }

    [Fact]
    public async Task A_busy_mount_stays_and_the_processes_in_it_are_named()
    {
        await using TestVolume volume = TestVolume.Mounted();
        using (File.Create(Path.Combine(volume.Path, "open")))
        {
            ProgramResult result = TesseraCommand.Run("umount", volume.Path);
            result.ExitCode.ShouldBe(6);
            result.Error.ShouldContain($"pid {Environment.ProcessId}");
        }

        volume.Check();
    }

    [Fact]
    public async Task Without_fuse_the_command_says_so()
    {
        await using TestVolume volume = TestVolume.Create();
        string mount = $"{TesseraCommand.Launcher} mount {volume.Volume} {volume.Path} --passphrase-file {volume.PassphraseFile}";

        // A mount name space of its own, where /dev has no fuse.
        string devices = Path.Combine(volume.Scratch, "dev");
        Directory.CreateDirectory(devices);
        string bind = string.Concat(new[] { "null", "random", "urandom" }.Select(name => $": > {devices}/{name} && mount --bind /dev/{name} {devices}/{name} && "));
        ProgramResult result = Programs.TryRun(new ProgramStart("unshare", "-m", "sh", "-c", $"{bind} mount --rbind {devices} /dev && {mount}"));

        result.ExitCode.ShouldBe(7, result.ToString());
        result.Error.ShouldContain("doctor");
    }
}
