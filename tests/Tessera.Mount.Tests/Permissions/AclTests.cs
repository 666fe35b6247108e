using Tessera.Mount.Tests.Harness;
using static Tessera.Mount.Tests.Harness.Programs;

namespace Tessera.Mount.Tests.Permissions;

/// <summary>Access control lists as Linux's own file systems keep them (acl(5)): the same scripts here and there, and what they met compared.</summary>
public sealed class AclTests
{
    private const string LetOthersIn = "allow_other,suid";

    [Fact]
    public async Task Setting_inheriting_and_running_into_lists_is_as_on_a_file_system_of_linux()
    {
        await using var memory = new MemoryPlace();
        await using TestVolume volume = NewVolume();

        RunScripts(volume).ShouldBe(RunScripts(memory));

        Shell(volume.Path, AclScripts.List).ShouldBe(Shell(memory.Path, AclScripts.List));
        volume.Check();
    }

    [Fact]
    public async Task Lists_survive_a_remount_and_the_kill_of_the_daemon()
    {
        await using TestVolume volume = NewVolume();
        RunScripts(volume);
        string before = Shell(volume.Path, AclScripts.List);
        before.ShouldContain("default:user:3001:rwx");

        volume.Kill();
        volume.Fsck();
        volume.Mount("-o", LetOthersIn);
        Shell(volume.Path, AclScripts.List).ShouldBe(before);

        volume.Remount("-o", LetOthersIn);
        Shell(volume.Path, AclScripts.List).ShouldBe(before);
        volume.Check();
    }

    [Fact]
    public async Task Cp_and_tar_carry_lists_in_and_out_unchanged()
    {
        await using var memory = new MemoryPlace();
        await using TestVolume volume = NewVolume();
        RunScripts(memory);
        string expected = Shell(memory.Path, AclScripts.List);
        string archive = Path.Combine(volume.Scratch, "lists.tar");
        string copy = Path.Combine(volume.Path, "copy");
        string extracted = Path.Combine(volume.Path, "extracted");
        Directory.CreateDirectory(extracted);

        Run(memory.Path, "cp", "-a", ".", copy);
        Shell(copy, AclScripts.List).ShouldBe(expected);

        Run(copy, "tar", "--acls", "-cf", archive, ".");
        Run(extracted, "tar", "--acls", "-xpf", archive);
        Shell(extracted, AclScripts.List).ShouldBe(expected);

        Directory.CreateDirectory(Path.Combine(memory.Path, "back"));
        Run(Path.Combine(memory.Path, "back"), "tar", "--acls", "-xpf", archive);
        Shell(Path.Combine(memory.Path, "back"), AclScripts.List).ShouldBe(expected);
        volume.Check();
    }

    [Fact]
    public async Task Other_processes_meet_a_new_list_at_once()
    {
        await using TestVolume volume = NewVolume();
        File.WriteAllText(Path.Combine(volume.Path, "f"), "text");
        Shell(volume.Path, "chmod 640 f");
        Read(volume, "f").ExitCode.ShouldBe(1);

        for (int round = 0; round < 3; round++)
        {
            Shell(volume.Path, "setfacl -m u:3001:r f");
            Read(volume, "f").Output.ShouldBe("text");
            Shell(volume.Path, "chmod g= f");
            Read(volume, "f").ExitCode.ShouldBe(1);
            Shell(volume.Path, "chmod g=r f");
            Read(volume, "f").Output.ShouldBe("text");
            Shell(volume.Path, "setfacl -x u:3001 f");
            Read(volume, "f").ExitCode.ShouldBe(1);
        }

        volume.Check();
    }

    private static TestVolume NewVolume()
    {
        TestVolume volume = TestVolume.Mounted("-o", LetOthersIn);
        Run("/", "chmod", "755", volume.Path);
        return volume;
    }

    private static string RunScripts(Place place) =>
        Run(place.Path, "bash", "-c", AclScripts.Commands) + Run(place.Path, "python3", "-c", AclScripts.Attributes);

    private static ProgramResult Read(TestVolume volume, string file) =>
        TryRun(new ProgramStart("setpriv", "--reuid", "3001", "--regid", "3001", "--clear-groups", "cat", file) { Directory = volume.Path });
}
