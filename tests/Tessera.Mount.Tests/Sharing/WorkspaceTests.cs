using System.Diagnostics;
using Tessera.Mount.Tests.Harness;
using Tessera.Mount.Tests.RealPrograms;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A client's directory is mounted at a server, and worked in there.</summary>
public sealed class WorkspaceTests
{
    [Fact]
    public async Task Files_are_read_written_listed_moved_and_removed_in_a_workspace()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir -p d/e; echo hello > f; for i in $(seq 500); do echo $i > d/$i; done; ln -s f link; chmod 640 f");
        workspace.Share();

        Programs.Shell(
            workspace.Path,
            "test \"$(cat f)\" = hello; test \"$(ls d | wc -l)\" = 501; test \"$(cat link)\" = hello; test \"$(stat -c %a f)\" = 640; "
            + "echo new > n; mv n d/e/moved; test \"$(cat d/e/moved)\" = new; chmod 750 f; test \"$(stat -c %a f)\" = 750; mkdir m; rmdir m; "
            + "ln f hard; test \"$(stat -c %h f)\" = 2; rm hard; touch -d @1000 f; test \"$(stat -c %Y f)\" = 1000; "
            + "echo one > a; echo two >> a; test \"$(cat a)\" = $'one\\ntwo'; truncate -s 2 a; test \"$(cat a)\" = on");
        Programs.Shell(workspace.Source, "test \"$(cat d/e/moved)\" = new; test \"$(stat -c %a f)\" = 750; test \"$(cat a)\" = on; test \"$(stat -c %Y f)\" = 1000");
        Programs.Shell(workspace.Path, "rm -rf d f link a");

        Directory.GetFileSystemEntries(workspace.Source).ShouldBeEmpty();
        workspace.Check();
    }

    [Fact]
    public async Task Large_files_arrive_whole_in_both_directions()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "head -c 20000001 /dev/urandom > down");
        workspace.Share();

        Programs.Shell(workspace.Path, $"cmp down ../../shared/down; head -c 30000003 /dev/urandom > {workspace.Scratch}/up; cp {workspace.Scratch}/up up; cmp up {workspace.Scratch}/up");
        Programs.Shell(workspace.Source, "cmp up ../up");
        Programs.Shell(workspace.Path, "dd if=down of=up bs=4096 count=100 seek=1000 conv=notrunc,fsync status=none; dd if=down of=up bs=5000 seek=3 count=50 conv=notrunc status=none");
        Programs.Shell(
            workspace.Scratch,
            "dd if=shared/down of=up bs=4096 count=100 seek=1000 conv=notrunc status=none; dd if=shared/down of=up bs=5000 seek=3 count=50 conv=notrunc status=none; cmp up shared/up");

        workspace.Check();
    }

    [Fact]
    public async Task Git_works_in_a_workspace_and_the_client_has_the_same_repository()
    {
        await using var workspace = new SharedWorkspace();
        workspace.Share();

        Programs.Shell(
            workspace.Path,
            "git init -q .; git config user.email a@example.org; git config user.name a; mkdir d; for i in $(seq 100); do echo $i > d/$i; done; git add .; git commit -qm one; "
            + "echo more >> d/7; test \"$(git status --short)\" = ' M d/7'; git commit -qam two; git fsck --strict");

        Programs.Shell(workspace.Source, "git fsck --strict; test \"$(git status --short)\" = ''; test \"$(git log --oneline | wc -l)\" = 2");
        workspace.Check();
    }

    /// <summary>The client's user edits while the server's builds and tests: what is built is what was last saved at either end, and git tells of both.</summary>
    [Fact]
    public async Task A_project_is_built_and_tested_at_the_server_while_both_ends_edit_it()
    {
        const int Modules = 20;
        await using var workspace = new SharedWorkspace();
        BuildSamples.CreateCProject(workspace.Source, Modules);
        File.WriteAllText(Path.Combine(workspace.Source, "check.sh"), "make -s -j2 && test \"$(./program)\" = \"$(cat expected)\"\n");
        File.WriteAllText(Path.Combine(workspace.Source, ".gitignore"), "*.o\nprogram\nnotes\n");
        File.WriteAllText(Path.Combine(workspace.Source, "expected"), BuildSamples.Expected(Modules, increment: 1));
        workspace.Share();
        Programs.Shell(workspace.Path, "sh check.sh; make -q; git init -q .; git config user.email a@example.org; git config user.name a; git add .; git commit -qm one");

        using Process editor = Programs.Start(new ProgramStart("bash", "-c", "until read -t 0.02; do date > notes.new; mv notes.new notes; done") { Directory = workspace.Source });
        for (int increment = 2; increment < 6; increment++)
        {
            File.WriteAllText(Path.Combine(workspace.Source, "common.h"), $"#define INCREMENT {increment}\n");
            File.WriteAllText(Path.Combine(workspace.Path, "expected"), BuildSamples.Expected(Modules, increment));
            string wanted = $"{increment}";
            workspace.WaitFor(() => File.ReadAllText(Path.Combine(workspace.Path, "common.h")).Contains(wanted, StringComparison.Ordinal), "The client's edit is not seen");
            Programs.Shell(workspace.Path, "sh check.sh; make -q");
            Programs.Shell(workspace.Path, "git status --short").ShouldBe(" M common.h\n M expected\n");
        }

        editor.StandardInput.WriteLine();
        editor.WaitForExit(TimeSpan.FromMinutes(1)).ShouldBeTrue();
        Programs.Shell(workspace.Path, "git commit -qam two; git fsck --strict");
        Programs.Shell(workspace.Source, "git fsck --strict; test \"$(git status --short)\" = ''; sh check.sh; cat notes");
        workspace.Check();
    }

    [Fact]
    public async Task A_read_only_share_cannot_be_changed()
    {
        await using var workspace = new SharedWorkspace();
        File.WriteAllText(Path.Combine(workspace.Source, "f"), "content");
        workspace.Share(address: null, "--read-only");

        Programs.Shell(workspace.Path, "test \"$(cat f)\" = content; ! touch g 2>&1; ! rm -f f 2>&1; ! sh -c 'echo x > f' 2>&1; ! chmod 600 f 2>&1");

        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("content");
        workspace.Check();
    }

    [Fact]
    public async Task Files_are_the_servers_users_and_links_out_of_the_share_are_only_links()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "echo x > f; chown 1234:4321 f; echo secret > ../secret; ln -s ../secret up");
        workspace.Share();

        Programs.Shell(workspace.Path, "test \"$(stat -c %u:%g f)\" = $(id -u):$(id -g); test \"$(readlink up)\" = ../secret; ! cat up 2>/dev/null");

        workspace.Check();
    }
}
