using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>mount(8), umount(8) and fstab(5) with the command linked as their helper, as the guide says.</summary>
public sealed class MountHelperTests : IDisposable
{
    private readonly List<string> _links = [];

    public MountHelperTests()
    {
        foreach (string name in (ReadOnlySpan<string>)["mount.tessera", "mount.fuse.tessera"])
        {
            string link = Path.Combine("/sbin", name);
            File.Delete(link); // What an aborted run left.
            File.CreateSymbolicLink(link, TesseraCommand.Launcher);
            _links.Add(link);
        }
    }

    public void Dispose() => _links.ForEach(File.Delete);

    [Fact]
    public async Task The_options_of_mount_reach_the_kernel_and_the_table_shows_the_volume()
    {
        await using TestVolume volume = TestVolume.Create();
        string options = $"passphrase_file={volume.PassphraseFile},ro,noatime,suid,dev,allow_other,default_permissions";

        Programs.Run("/", "mount", "-t", "tessera", volume.Volume, volume.Path, "-o", options);
        volume.Adopt();

        (string source, string type, string[] shown) = Shown(volume);
        (source, type).ShouldBe((volume.Volume, "fuse.tessera"));
        shown.ShouldContain("ro");
        shown.ShouldContain("noatime");
        shown.ShouldContain("allow_other");
        shown.ShouldContain("default_permissions");
        shown.ShouldNotContain("nosuid");
        shown.ShouldNotContain("nodev");
        volume.Info().GetProperty("pid").GetInt32().ShouldBe(volume.DaemonId);
        Programs.Run("/", "umount", volume.Path);
        volume.WaitForDaemon();
        volume.Fsck();
    }

    [Fact]
    public async Task Restrictions_and_remounting_are_the_kernels()
    {
        await using TestVolume volume = TestVolume.Create();
        Programs.Run("/", "mount", "-t", "tessera", volume.Volume, volume.Path, "-o", $"passphrase_file={volume.PassphraseFile},nosuid,nodev,noexec");
        volume.Adopt();
        Shown(volume).Options.ShouldBe(Shown(volume).Options.Union(["nosuid", "nodev", "noexec"]));
        File.WriteAllText(Path.Combine(volume.Path, "file"), "written");

        Programs.Run("/", "mount", "-o", "remount,ro", volume.Path);
        Shown(volume).Options.ShouldContain("ro");
        Should.Throw<SyscallException>(() => Syscall.WriteFile(Path.Combine(volume.Path, "new"), [1])).Errno.ShouldBe(SyscallException.ReadOnlyFileSystem);
        Programs.Run("/", "mount", "-o", "remount,rw", volume.Path);
        File.WriteAllText(Path.Combine(volume.Path, "new"), "written again");

        Programs.Run("/", "umount", volume.Path);
        volume.WaitForDaemon();
        volume.Fsck();
    }

    [Fact]
    public async Task A_line_in_fstab_is_enough()
    {
        await using TestVolume volume = TestVolume.Create();
        string table = Path.Combine(volume.Scratch, "fstab");
        File.WriteAllText(table, $"{volume.Volume} {volume.Path} tessera passphrase_file={volume.PassphraseFile},noauto,nofail,x-test 0 0\n");

        Programs.Run("/", "mount", "--fstab", table, volume.Path);
        volume.Adopt();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "written");
        Programs.Run("/", "umount", volume.Path);
        volume.WaitForDaemon();

        volume.Mount();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("written");
        volume.Check();
    }

    [Fact]
    public async Task Faults_have_the_exit_codes_of_mount()
    {
        await using TestVolume volume = TestVolume.Create();
        string wrong = Path.Combine(volume.Scratch, "wrong");
        File.WriteAllText(wrong, "not the passphrase");

        Programs.TryRun(new ProgramStart("mount", "-t", "tessera", volume.Volume, volume.Path, "-o", $"passphrase_file={wrong}")).ExitCode.ShouldBe(32);
        Programs.TryRun(new ProgramStart("mount", "-t", "tessera", volume.Volume, volume.Path, "-o", "no_such_option")).ExitCode.ShouldBe(1);
    }

    private static (string Source, string Type, string[] Options) Shown(TestVolume volume)
    {
        string[] fields = File.ReadLines("/proc/self/mounts").Single(line => line.Split(' ')[1] == volume.Path).Split(' ');
        return (fields[0], fields[2], fields[3].Split(','));
    }
}
