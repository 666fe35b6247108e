using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.HostDirectories;

/// <summary>Files that the kernel reads and writes by itself look like all others, and suid goes when it must.</summary>
public sealed class PassthroughTests
{
    private const string Unprivileged = "setpriv --reuid 65534 --regid 65534 --clear-groups";

    /// <summary>With passthrough, and without.</summary>
    public static TheoryData<string> Modes => ["", ",nopassthrough"];

    [Fact]
    public async Task Large_files_are_the_kernels_and_small_ones_are_not()
    {
        await using var mount = new DirectoryMount(source: null);
        mount.Info().GetProperty("passthrough").GetBoolean().ShouldBeTrue();
        File.WriteAllBytes(Path.Combine(mount.Source, "large"), new byte[4 << 20]);
        File.WriteAllBytes(Path.Combine(mount.Source, "small"), new byte[4 << 10]);

        File.ReadAllBytes(Path.Combine(mount.Path, "small")).Length.ShouldBe(4 << 10);
        Opens(mount).ShouldBe(0);
        File.ReadAllBytes(Path.Combine(mount.Path, "large")).Length.ShouldBe(4 << 20);
        Opens(mount).ShouldBe(1);
        Reads(mount).ShouldBe(4 << 10);
        mount.Check();
    }

    [Fact]
    public async Task Without_it_every_read_comes_through_the_daemon()
    {
        await using var mount = new DirectoryMount(source: null, "-o", "nopassthrough");
        mount.Info().GetProperty("passthrough").GetBoolean().ShouldBeFalse();
        File.WriteAllBytes(Path.Combine(mount.Source, "large"), new byte[4 << 20]);

        File.ReadAllBytes(Path.Combine(mount.Path, "large")).Length.ShouldBe(4 << 20);

        Opens(mount).ShouldBe(0);
        Reads(mount).ShouldBe(4 << 20);
        mount.Check();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Size_and_times_after_a_write_are_those_of_the_host(string mode)
    {
        await using var mount = new DirectoryMount(source: null, "-o", "attr_timeout=3600,entry_timeout=3600" + mode);
        string seen = Path.Combine(mount.Path, "f");
        string host = Path.Combine(mount.Source, "f");

        Programs.Shell(mount.Path, "head -c 1000000 /dev/zero > f; stat f > /dev/null; touch -d 2001-01-01 f; head -c 500000 /dev/zero >> f");

        new FileInfo(seen).Length.ShouldBe(1_500_000);
        Programs.Shell("/", $"test \"$(stat -c '%s %b %Y %Z %y' {seen})\" = \"$(stat -c '%s %b %Y %Z %y' {host})\"");
        mount.Check();
    }

    /// <summary>The kernel refuses with EIO an open that does not go the way of those there are.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Opens_of_one_file_go_together_whatever_the_first_was(string mode)
    {
        await using var mount = new DirectoryMount(source: null, "-o", "rw" + mode);
        File.WriteAllText(Path.Combine(mount.Source, "small"), "small");
        File.WriteAllBytes(Path.Combine(mount.Source, "large"), new byte[1 << 20]);

        Programs.Shell(mount.Path, "exec 3<small; head -c 1000000 /dev/zero > small; exec 4<small; test $(wc -c <&4) = 1000000; exec 3<&- 4<&-; test $(wc -c < small) = 1000000");
        Programs.Shell(mount.Path, "exec 3<>large; : > large; echo short > large; exec 4<large; test \"$(cat <&4)\" = short; echo more >&3; test \"$(head -1 large)\" = more");
        File.ReadAllText(Path.Combine(mount.Source, "large")).ShouldBe("more\n\n");
        Programs.Shell(mount.Path, "head -c 1000000 /dev/zero > l; exec 3<l; echo more >> l; test $(wc -c <&3) = 1000005; cp l m; cmp l m");
        mount.Check();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_write_by_an_unprivileged_process_takes_suid_and_sgid(string mode)
    {
        await using var mount = new DirectoryMount(source: null, "-o", "allow_other,suid" + mode);
        Make(mount, "6777");

        Programs.Shell(mount.Path, $"{Unprivileged} bash -c 'echo x >> f'; test $(stat -c %a f) = 777");
        Programs.Shell(mount.Path, $"chmod 6777 f; {Unprivileged} truncate -s 5 f; test $(stat -c %a f) = 777");
        Programs.Shell(mount.Path, $"chmod 6777 f; {Unprivileged} fallocate -l 2M f; test $(stat -c %a f) = 777");
        Programs.Shell(mount.Path, $"chmod 6777 f; {Unprivileged} bash -c ': > f'; test $(stat -c %a f) = 777");
        Programs.Shell(mount.Path, "chmod 6777 f; echo x >> f; test $(stat -c %a f) = 6777"); // Root's write does not.
        mount.Check();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Suid_given_while_the_file_is_open_goes_with_the_next_unprivileged_write(string mode)
    {
        await using var mount = new DirectoryMount(source: null, "-o", "allow_other,suid" + mode);
        Make(mount, "777");

        Programs.Shell(mount.Path, $"exec 3<>f; chmod 4777 f; test $(stat -c %a f) = 4777; {Unprivileged} bash -c 'echo x >&3'; test $(stat -c %a f) = 777");
        Programs.Shell(mount.Path, $"exec 3<>f; chmod 4777 f; {Unprivileged} bash -c 'echo x >&3'; exec 3>&-; test $(stat -c %a {mount.Source}/f) = 777");
        Programs.Shell(mount.Path, $"exec 3<>f; chmod 4777 f; touch f; exec 3>&-; test $(stat -c %a f) = 4777"); // Not written.
        mount.Check();
    }

    /// <summary>The kernel knows nothing of such a bit, and asks nobody to clear it.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Suid_given_on_the_host_while_the_file_is_open_goes_when_a_writer_closes_it(string mode)
    {
        await using var mount = new DirectoryMount(source: null, "-o", "allow_other,suid,attr_timeout=3600,entry_timeout=3600" + mode);
        Make(mount, "777");

        Programs.Shell(mount.Path, $"exec 3<>f; chmod 4777 {mount.Source}/f; {Unprivileged} bash -c 'echo x >&3'; exec 3>&-; test $(stat -c %a {mount.Source}/f) = 777");
        Programs.Shell(mount.Path, $"exec 3<>f; chmod 4777 {mount.Source}/f; exec 3>&-; test $(stat -c %a {mount.Source}/f) = 4777"); // Not written.
        mount.Check();
    }

    /// <summary>Tools that copy suid programs set the mode before they close the file.</summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Copies_of_suid_programs_keep_it(string mode)
    {
        await using var mount = new DirectoryMount(source: null, "-o", "suid" + mode);
        string from = mount.Scratch;

        Programs.Shell(from, "head -c 300000 /dev/urandom > p; chmod 4755 p; tar cf p.tar p");
        Programs.Shell(mount.Path, $"cp -p {from}/p a; install -m 4755 {from}/p b; tar xpf {from}/p.tar; rsync -a {from}/p c 2>/dev/null || cp -p {from}/p c");
        Programs.Shell(mount.Path, $"for f in a b c p; do test $(stat -c %a $f) = 4755; cmp $f {from}/p; done");
        mount.Check();
    }

    private static void Make(DirectoryMount mount, string mode) =>
        Programs.Shell(mount.Path, $"chmod 777 .; head -c 1000000 /dev/zero > f; chmod {mode} f; test $(stat -c %a f) = {mode}");

    private static long Opens(DirectoryMount mount) => mount.Stats().GetProperty("passthrough_opens").GetInt64();

    /// <summary>Bytes that the daemon read.</summary>
    private static long Reads(DirectoryMount mount) => mount.Stats().GetProperty("operations").EnumerateArray()
        .Where(operation => operation.GetProperty("name").GetString() is "read").Sum(operation => operation.GetProperty("bytes").GetInt64());
}
