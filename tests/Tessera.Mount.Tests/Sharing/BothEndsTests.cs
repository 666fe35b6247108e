using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>The same directory is changed at the client and used at the server, at the same time.</summary>
public sealed class BothEndsTests
{
    /// <summary>What listings and contents are believed for, at most, and then the kernel's own second (docs/guide/workspaces.md).</summary>
    private static readonly TimeSpan Documented = TimeSpan.FromSeconds(6);

    private const string Listing = "find t -printf '%P %y %m %T@ ' \\( -type f -printf '%s ' -exec cat {} \\; -o -printf '\\n' \\) 2>&1 | sort || true";

    [Fact]
    public async Task Who_walks_at_the_server_sees_in_time_what_is_changed_at_the_client_and_its_own_changes_at_once()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir own; for d in $(seq 12); do mkdir -p t/$d/e; for f in $(seq 15); do echo $d $f > t/$d/$f; echo $f > t/$d/e/$f; done; done");
        workspace.Share();

        const string ChangeAtClient = "RANDOM=7; end=$((SECONDS + 3)); while [ $SECONDS -lt $end ]; do d=t/$((RANDOM % 12 + 1)); f=$((RANDOM % 15 + 1)); "
            + "case $((RANDOM % 5)) in 0) rm -f $d/$f;; 1) echo $RANDOM$RANDOM > $d/$f;; 2) mv -f $d/$f $d/e/$f 2>/dev/null || true;; 3) echo $RANDOM > $d/.n; mv -f $d/.n $d/$f;; 4) rm -rf $d/e; mkdir -p $d/e; echo n > $d/e/n;; esac; done";
        const string WalkAtServer = "end=$((SECONDS + 3)); while [ $SECONDS -lt $end ]; do find t -ls > /dev/null 2>&1 || true; grep -r 1 t > /dev/null 2>&1 || true; done";
        const string WorkAtServer = "end=$((SECONDS + 3)); i=0; while [ $SECONDS -lt $end ]; do i=$((i + 1)); ls -l own > /dev/null; echo $i > own/$((i % 7)); test \"$(cat own/$((i % 7)))\" = $i; "
            + "chmod 600 own/$((i % 7)); mv own/$((i % 7)) own/m; test ! -e own/$((i % 7)); test \"$(stat -c %a own/m)\" = 600; test \"$(cat own/m)\" = $i; rm own/m; test ! -e own/m; done; test $i -gt 5";
        await Task.WhenAll(
            Task.Run(() => Programs.Shell(workspace.Source, ChangeAtClient)),
            Task.Run(() => Programs.Shell(workspace.Path, WalkAtServer)),
            Task.Run(() => Programs.Shell(workspace.Path, WorkAtServer)));

        string expected = Programs.Shell(workspace.Source, Listing);
        DateTime end = DateTime.UtcNow + Documented;
        string seen;
        bool isLast;
        do
        {
            // A walk takes its time: only one that begins after the documented time must see everything.
            isLast = DateTime.UtcNow >= end;
            seen = Programs.Shell(workspace.Path, Listing);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        while (seen != expected && !isLast);

        seen.ShouldBe(expected);
        workspace.Check();
    }

    /// <summary>What is repeated for watches must not take for gone what a program has looked up by then: the kernel lists nothing of a directory that it saw removed, for good.</summary>
    [Fact]
    public async Task Directories_made_anew_while_they_are_looked_at_are_listed_in_the_end()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "for d in $(seq 60); do mkdir -p t/$d/e; done");
        workspace.Share();

        const string ChangeAtClient = "cd t; for d in *; do rm -rf $d/e; mkdir $d/e; echo n > $d/e/n; done; for d in *; do rm -rf $d/e; mkdir $d/n; echo n > $d/n/n; mv $d/n $d/e; done";
        const string LookAtServer = "import os, time\nend = time.monotonic() + 3\nheld = {}\nwhile time.monotonic() < end:\n for d in range(1, 61):\n"
            + "  try: fd = os.open(f't/{d}/e', os.O_RDONLY | os.O_DIRECTORY)\n  except OSError: continue\n  if d in held: os.close(held[d])\n  held[d] = fd";
        await Task.WhenAll(
            Task.Run(() => Programs.Shell(workspace.Source, ChangeAtClient)),
            Task.Run(() => Programs.Run(workspace.Path, "python3", "-c", LookAtServer)));
        await Task.Delay(Documented, TestContext.Current.CancellationToken);

        Programs.Shell(workspace.Path, "ls -A t/*/e").ShouldBe(Programs.Shell(workspace.Source, "ls -A t/*/e"));
        workspace.Check();
    }
}
