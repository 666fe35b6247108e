using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.HostDirectories;

/// <summary>A directory of this host behind a mount, with others at work in it beneath.</summary>
public sealed class DirectoryMountTests
{
    private const int Files = 30_000;

    /// <summary>The runtime's own, and the bounded number of directories.</summary>
    private const int MostDescriptors = 700;

    private const string Unprivileged = "setpriv --reuid 65534 --regid 65534 --clear-groups";

    [Fact]
    public async Task Thirty_thousand_files_in_a_thousand_directories_take_few_descriptors()
    {
        await using var mount = new DirectoryMount(source: null);
        for (int i = 0; i < Files; i++)
        {
            string directory = Path.Combine(mount.Path, $"d{i / 30}");
            if (i % 30 == 0)
            {
                Directory.CreateDirectory(directory);
            }

            Syscall.WriteFile(Path.Combine(directory, $"f{i}"), [(byte)i]);
        }

        int after = mount.Descriptors;
        Programs.Shell(mount.Path, "find . -type f -size 1c | wc -l").Trim().ShouldBe($"{Files}");
        mount.Descriptors.ShouldBeLessThan(MostDescriptors);
        after.ShouldBeLessThan(MostDescriptors);
        File.ReadAllBytes(Path.Combine(mount.Path, "d999", "f29999")).ShouldBe([unchecked((byte)29999)]);
        mount.Stats().GetProperty("inodes").GetInt32().ShouldBeGreaterThan(Files);
        mount.Check();
    }

    [Fact]
    public async Task Trees_copied_in_and_out_are_the_same_on_both_sides()
    {
        await using var mount = new DirectoryMount(source: null);
        string tree = Path.Combine(mount.Scratch, "tree");
        SampleTree.Create(tree, files: 600, seed: 11);

        Programs.Run("/", "cp", "-a", tree, mount.Path);
        Programs.Shell(mount.Path, $"cd tree; ln odd/run.sh again; setfattr -n user.x -v y odd/run.sh; diff -r --no-dereference . {mount.Source}/tree; rm again");
        Programs.Run("/", "cp", "-a", Path.Combine(mount.Path, "tree"), Path.Combine(mount.Scratch, "back"));

        Programs.Shell(mount.Scratch, "diff -r --no-dereference tree back; diff <(cd tree; find . -mindepth 1 -printf '%p %y %m %s %l %T@\\n' | sort) <(cd served/tree; find . -mindepth 1 -printf '%p %y %m %s %l %T@\\n' | sort)");
        Programs.Shell(mount.Path, "rm -rf tree; test -z \"$(ls)\"");
        mount.Check();
    }

    [Fact]
    public async Task What_is_made_is_the_callers_with_his_umask_and_the_directorys_default_list()
    {
        await using var mount = new DirectoryMount(source: null, "-o", "allow_other");
        Programs.Shell(mount.Path, "chmod 777 .; mkdir -m 777 listed; setfacl -d -m u:1234:rwx listed");

        Programs.Shell(mount.Path, $"{Unprivileged} bash -euc 'umask 027; echo x > f; mkdir d; ln -s x l; mknod p p; echo x > listed/f'");

        Programs.Shell(mount.Source, "stat -c '%u %g %a' f d p").Split('\n')[..3].ShouldBe(["65534 65534 640", "65534 65534 750", "65534 65534 640"]);
        Programs.Shell(mount.Source, "stat -c '%u' l; getfacl -c listed/f").ShouldContain("user:1234:rwx");
        ProgramResult refused = Programs.TryRun(new ProgramStart("bash", "-c", $"chmod 700 d; {Unprivileged} bash -c 'umask 077; echo y > listed/secret'; chmod 600 f; setpriv --reuid 1 --regid 1 --clear-groups cat f") { Directory = mount.Path });
        refused.Error.ShouldContain("Permission denied");
        mount.Check();
    }

    [Fact]
    public async Task Changes_beneath_are_seen_when_the_kernel_must_ask()
    {
        await using var mount = new DirectoryMount(source: null, "-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0");
        Programs.Shell(mount.Path, "test ! -e f; echo one > f; cat f");

        Programs.Shell(mount.Source, "echo changed > f");
        File.ReadAllText(Path.Combine(mount.Path, "f")).ShouldBe("changed\n");
        Programs.Shell(mount.Source, "echo other > g; mv g f");
        File.ReadAllText(Path.Combine(mount.Path, "f")).ShouldBe("other\n");
        Programs.Shell(mount.Source, "mkdir -p a/b; mv f a/b/moved; chmod 600 a/b/moved");
        File.Exists(Path.Combine(mount.Path, "f")).ShouldBeFalse();
        Programs.Shell(mount.Path, "test $(stat -c %a a/b/moved) = 600; cat a/b/moved");
        Programs.Shell(mount.Source, "mv a c");
        Programs.Shell(mount.Path, "cat c/b/moved; test ! -e a; ls c/b | grep -qx moved");
        mount.Check();
    }

    [Fact]
    public async Task A_deleted_file_lives_while_it_is_open_and_another_name_of_it_is_the_same_file()
    {
        await using var mount = new DirectoryMount(source: null);

        Programs.Shell(mount.Path, "echo x > a; ln a b; test $(stat -c %i a) = $(stat -c %i b); exec 3<>a; rm a; echo more >> b; test \"$(cat <&3)\" = \"$(cat b)\"; rm b; echo y >&3; test $(stat -L -c %h /proc/self/fd/3) = 0; cat /proc/self/fd/3 | grep -q y");
        mount.Check();
    }

    [Fact]
    public async Task Read_only_changes_nothing()
    {
        await using var mount = new DirectoryMount(source: null, "--read-only");
        File.WriteAllText(Path.Combine(mount.Source, "f"), "x");

        ProgramResult result = Programs.TryRun(new ProgramStart("bash", "-c", "cat f && echo y > f") { Directory = mount.Path });
        result.Output.ShouldBe("x");
        result.Error.ShouldContain("Read-only file system");
        mount.Check();
    }

    [Fact]
    public async Task Info_stats_and_umount_take_the_directory_too()
    {
        await using var mount = new DirectoryMount(source: null);
        TesseraCommand.Do("info", "dir:" + mount.Source).ShouldContain(mount.Path);
        TesseraCommand.Do("stats", mount.Path).ShouldContain("remembered");
        mount.Stats().GetProperty("space").GetProperty("capacity_bytes").GetInt64().ShouldBeGreaterThan(0);
        TesseraCommand.Do("umount", "dir:" + mount.Source);

        TesseraCommand.Run("info", "dir:" + mount.Source).ExitCode.ShouldBe(12);
        TestVolume.MountsBelow(mount.Scratch).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_belongs_to_volumes_or_to_directories_alone_is_refused()
    {
        await using var place = new HostDirectory();
        string mountPoint = Directory.CreateDirectory(Path.Combine(place.Scratch, "mnt")).FullName;

        TesseraCommand.Run("mount", "dir:" + place.Path + "/missing", mountPoint).ExitCode.ShouldBe(4);
        TesseraCommand.Run("mount", "dir:" + place.Path, mountPoint, "--passphrase-file", "/dev/null").ExitCode.ShouldBe(2);
        TesseraCommand.Run("mount", "dir:" + place.Path, mountPoint, "-o", "attr_timeout=-1").ExitCode.ShouldBe(2);
        TesseraCommand.Run("mount", place.Path + "/vault", mountPoint, "-o", "attr_timeout=1").ExitCode.ShouldBe(2);
        TestVolume.MountsBelow(place.Scratch).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_user_without_root_mounts_a_directory_of_his_own_without_passthrough()
    {
        await using var place = new HostDirectory();
        Programs.Shell(place.Scratch, "chmod 777 .");
        TesseraCommand.Do("--version"); // Built, if it was not.
        Programs.Shell(place.Scratch, $"cp -rL {TesseraCommand.Root}/artifacts/tessera/current program && chmod -R a+rX program && mkdir home served mnt && chown 65534:65534 home served mnt");
        UnixFileMode before = File.GetUnixFileMode("/dev/fuse");
        File.SetUnixFileMode("/dev/fuse", before | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        try
        {
            AsUser(place, "program/tessera mount dir:served mnt; program/tessera info --json mnt | grep -q '\"passthrough\": false'");
            AsUser(place, "umask 022; head -c 1000000 /dev/zero > mnt/large; cmp mnt/large served/large; mkdir mnt/d; mv mnt/large mnt/d/; test $(stat -c %a served/d/large) = 644");
            AsUser(place, "ln mnt/d/large mnt/link; setfattr -n user.x -v y mnt/link; getfattr -n user.x served/link; chmod 4711 mnt/link; echo x >> mnt/link; test $(stat -c %a served/link) = 711; rm -r mnt/d mnt/link; test -z \"$(ls served)\"");
            AsUser(place, "program/tessera umount mnt");
        }
        finally
        {
            Programs.TryRun(new ProgramStart("umount", "-l", Path.Combine(place.Scratch, "mnt")));
            File.SetUnixFileMode("/dev/fuse", before);
        }
    }

    private static void AsUser(HostDirectory place, string line) => Programs.Run(
        place.Scratch, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env", $"HOME={place.Scratch}/home", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME=", "bash", "-euc", line);
}
