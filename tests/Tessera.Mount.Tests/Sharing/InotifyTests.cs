using System.Diagnostics;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Watches at the server (inotify) hear of changes at the client, and what repeats those changes there changes nothing.</summary>
public sealed class InotifyTests
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    private const string Listing = "find . -printf '%P %y %m %n %T@ ' \\( -type f -printf '%s ' -exec cat {} \\; -o -type l -printf '%l\\n' -o -printf '\\n' \\) | sort";

    [Fact]
    public async Task Watches_at_the_server_hear_within_a_second_of_what_is_changed_at_the_client()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir -p d/e; echo one > d/f; echo two > d/g; echo three > d/e/h");
        workspace.Share();
        using var watch = new MountWatch();
        foreach (string path in new[] { "d", "d/e", "d/f", "d/g" })
        {
            watch.Add(Path.Combine(workspace.Path, path), path);
        }

        void Expect(string script, params string[] events)
        {
            Programs.Shell(workspace.Source, script);
            watch.Hear(events).ShouldBeLessThan(Promised, script);
        }

        Expect("echo x > d/new", "CREATE d/new", "MODIFY d/new", "CLOSE_WRITE d/new");
        Expect("mkdir d/dir; ln -s f d/link; mkfifo d/pipe", "CREATE d/dir", "CREATE d/link", "CREATE d/pipe");
        Expect("echo more >> d/f", "MODIFY d/f", "CLOSE_WRITE d/f");
        Expect("chmod 600 d/f", "ATTRIB d/f");
        Expect("mv d/new d/e/moved", "MOVED_FROM d/new", "MOVED_TO d/e/moved");
        Expect("mv d/dir d/e/dir", "MOVED_FROM d/dir", "MOVED_TO d/e/dir");
        Expect("mv d/e/moved d/link", "MOVED_FROM d/e/moved", "MOVED_TO d/link");
        Expect("echo saved > d/.f; mv d/.f d/f", "MOVED_FROM d/.f", "MOVED_TO d/f");
        Expect("mv d/g ../outside", "DELETE d/g");
        Expect("mv ../outside d/back", "CREATE d/back");
        Expect("rm d/f", "DELETE d/f");
        Expect("rm -r d/e/dir d/pipe", "DELETE d/e/dir", "DELETE d/pipe");
        Expect("echo again > d/f", "CREATE d/f", "CLOSE_WRITE d/f");
        Programs.Shell(workspace.Path, "test $(cat d/f) = again; test $(cat d/link) = x; test $(cat d/back) = two; test ! -e d/e/dir; test ! -e d/pipe; test ! -e d/new; ls -l d d/e");

        workspace.Check();
    }

    [Fact]
    public async Task A_watch_on_a_file_hears_that_it_is_gone()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "echo one > f; ln f other");
        workspace.Share();
        using var watch = new MountWatch();
        watch.Add(Path.Combine(workspace.Path, "f"), "f");

        Programs.Shell(workspace.Source, "echo more >> f");
        watch.Hear("MODIFY f").ShouldBeLessThan(Promised);
        Programs.Shell(workspace.Source, "rm other; sleep 0.5");
        watch.Hear();
        watch.Heard.ShouldNotContain("DELETE_SELF f");
        Programs.Shell(workspace.Source, "rm f");
        watch.Hear("DELETE_SELF f").ShouldBeLessThan(Promised);

        workspace.Check();
    }

    /// <summary>Programs of the server may change nothing here: what repeats the changes is no program, its requests are neither judged nor written down nor done.</summary>
    [Fact]
    public async Task What_repeats_a_storm_of_changes_changes_nothing_at_the_client()
    {
        using var directory = new ScratchDirectory();
        (string audit, string policy) = (Path.Combine(directory.Path, "audit"), Path.Combine(directory.Path, "policy"));
        File.WriteAllText(policy, "{\"deny\":[\"write\",\"delete\"],\"path\":\"/\"}\n");
        File.SetUnixFileMode(policy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var workspace = new SharedWorkspace("--audit", audit, "--policy", policy);
        workspace.Share();
        using var watch = new MountWatch();
        watch.Add(workspace.Path, ".");
        string control = Directory.CreateDirectory(Path.Combine(workspace.Scratch, "control")).FullName;
        const string Storm = "RANDOM=11; for i in $(seq 1500); do a=$((RANDOM % 9)); b=$((RANDOM % 9)); case $((RANDOM % 8)) in "
            + "0|1) echo $i > $a || true;; 2) rm -rf $a;; 3) mv -T $a $b || true;; 4) mkdir $a && echo $i > $a/$b || true;; 5) chmod $((600 + RANDOM % 2 * 44)) $a || true;; "
            + "6) ln -s $b $a || true;; 7) mv -T $a $b/x || true;; esac; done 2> /dev/null";

        Task walking = Task.Run(() => Programs.Shell(workspace.Path, "end=$((SECONDS + 6)); while [ $SECONDS -lt $end ]; do find . -type f -exec cat {} + > /dev/null 2>&1 || true; ls -lR > /dev/null 2>&1 || true; done"));
        Programs.Shell(workspace.Source, Storm);
        Programs.Shell(control, Storm);
        string left = Programs.Shell(workspace.Source, Listing);
        await walking;

        watch.Take();
        watch.Heard.Count.ShouldBeGreaterThan(100);
        Programs.Shell(workspace.Source, Listing).ShouldBe(left, "names, modes, times and contents are as the client left them");
        const string Timeless = "find . -printf '%P %y ' \\( -type f -printf '%m %s ' -exec cat {} \\; -o -type l -printf '%l\\n' -o -printf '\\n' \\) | sort";
        Programs.Shell(workspace.Source, Timeless).ShouldBe(Programs.Shell(control, Timeless));
        string there = "";
        SpinWait.SpinUntil(() => (there = Programs.Shell(workspace.Path, Timeless)) == Programs.Shell(control, Timeless), TimeSpan.FromSeconds(6)).ShouldBeTrue(there);
        string[] changes = ["create", "mkdir", "symlink", "mknod", "link", "unlink", "rmdir", "rename", "set_attributes"];
        File.ReadLines(audit).Where(line => changes.Any(change => line.Contains($"\"operation\":\"{change}\"", StringComparison.Ordinal))).ShouldBeEmpty();
        Programs.Shell(workspace.Path, "! touch mine 2>/dev/null; ! rm -rf ./* 2>/dev/null");
        workspace.Check();
    }

    [Fact]
    public async Task When_the_repeating_process_is_killed_another_goes_on()
    {
        await using var workspace = new SharedWorkspace();
        workspace.Share();
        using var watch = new MountWatch();
        watch.Add(workspace.Path, ".");

        Programs.Shell(workspace.Source, "touch a");
        watch.Hear("CREATE ./a");
        int before = Repeating(workspace.Server);
        Programs.Run("/", "kill", "-9", $"{before}");
        SpinWait.SpinUntil(() => Repeating(workspace.Server) != before, TimeSpan.FromSeconds(20));
        Programs.Shell(workspace.Source, "touch b; sleep 1; touch c");
        watch.Hear("CREATE ./c");
        Repeating(workspace.Server).ShouldBeGreaterThan(before);

        workspace.Check();
        SpinWait.SpinUntil(() => Repeating(workspace.Server) == 0, TimeSpan.FromSeconds(20)).ShouldBeTrue("It ends with the server.");
    }

    private static int Repeating(Process server) =>
        int.TryParse(Programs.TryRun(new ProgramStart("pgrep", "-P", $"{server.Id}", "-f", "repeat-changes")).Output.Trim(), out int pid) ? pid : 0;
}
