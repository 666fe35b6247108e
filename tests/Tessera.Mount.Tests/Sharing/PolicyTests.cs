using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What the policy denies no program does, root's neither, by whatever way.</summary>
public sealed class PolicyTests
{
    [Fact]
    public async Task What_is_denied_by_path_no_program_of_root_does_and_the_rest_is_as_it_was()
    {
        using var directory = new ScratchDirectory();
        string policy = Write(
            directory,
            "# everything below secret, and nothing else",
            "{\"deny\":[\"read\",\"write\",\"execute\",\"delete\"],\"path\":\"/a/secret\"}",
            "{\"deny\":[\"write\",\"delete\"],\"path\":\"/kept\",\"workspaces\":\"w?rk\"}",
            "{\"deny\":[\"execute\"],\"path\":\"/data\"}",
            "{\"deny\":[\"read\",\"write\",\"execute\",\"delete\"],\"path\":\"/free\",\"workspaces\":\"other\"}");
        await using var workspace = new SharedWorkspace("--policy", policy, "--audit", Path.Combine(directory.Path, "audit"));
        Programs.Shell(
            workspace.Source,
            "mkdir -p a/secret/deep kept data free; echo s > a/secret/f; echo s > a/secret/deep/f; ln -s f a/secret/link; echo k > kept/f; printf '#!/bin/sh\\necho ran\\n' > data/run; chmod 755 data/run; "
            + "cp data/run free/run; cp data/run a/secret/run; echo o > free/f; setfattr -n user.a -v 1 a/secret/f");
        workspace.Share();

        string[] denied =
        [
            "cat a/secret/f", "cat a/secret/deep/f", "ls a/secret", "readlink -v a/secret/link", "echo x > a/secret/f", "echo x >> a/secret/f", "echo x > a/secret/new", "mkdir a/secret/d",
            "truncate -s 0 a/secret/f", "chmod 777 a/secret/f", "touch a/secret/f", "rm a/secret/f", "rmdir a/secret/deep", "mv a/secret/f free/got", "mv a/secret free/secret", "mv a b", "mv free/f a/secret/in",
            "ln a/secret/f free/got", "ln free/f a/secret/in", "ln -s /etc/passwd a/secret/l", "./a/secret/run", "getfattr -n user.a a/secret/f", "setfattr -n user.b -v 1 a/secret/f", "setfattr -x user.a a/secret/f",
            "rm kept/f", "echo x >> kept/f", "mv kept/f free/moved", "mv free/f kept/f", "mv kept b", "ln kept/f free/writable", "cp free/run data/run2 && ./data/run2", "./data/run",
            "mv data/run free/run3", "python3 -c 'import os; os.open(\"a/secret/f\", os.O_RDONLY)'",
            "python3 -c 'import os; os.open(\"a/secret\", os.O_TMPFILE | os.O_RDWR)'", "ln -s ../a/secret free/way; cat free/way/f",
            "python3 -c 'import ctypes,os; r=ctypes.CDLL(None,use_errno=True).renameat2(-100,b\"free/f\",-100,b\"a/secret/f\",2); os.strerror(ctypes.get_errno())==\"Permission denied\" and print(\"Permission denied\"); exit(r)'",
        ];
        foreach (string line in denied)
        {
            ProgramResult result = Programs.TryRun(new ProgramStart("bash", "-c", line) { Directory = workspace.Path });
            (result.ExitCode != 0).ShouldBeTrue($"{line} was done: {result}");
            (result.Output + result.Error).ShouldContain("Permission denied", customMessage: line);
        }

        string allowed = Programs.Shell(
            workspace.Path,
            "stat -c %s a/secret/f; cat kept/f; cat data/run > /dev/null; ./free/run; echo x > free/new; mv free/new free/new2; ln free/new2 free/new3; rm free/new2 free/new3; mkdir a/other; mv a/other a/another; rmdir a/another; ls kept data free a | wc -l");
        allowed.Split('\n')[..3].ShouldBe(["2", "k", "ran"]);
        Programs.Shell(workspace.Source, "cat a/secret/f kept/f free/f; ls a/secret kept").ShouldBe("s\nk\no\na/secret:\ndeep\nf\nlink\nrun\n\nkept:\nf\n");
        TesseraCommand.Do("audit", Path.Combine(directory.Path, "audit"), "--failed", "--path", "a/secret").Split('\n').Length.ShouldBeGreaterThan(20);
        workspace.Check();
    }

    /// <summary>The rules are about paths: what the client, or a program, moves is judged anew.</summary>
    [Fact]
    public async Task What_moves_has_the_rights_of_where_it_is()
    {
        using var directory = new ScratchDirectory();
        string policy = Write(directory, "{\"default\":\"deny\"}", "{\"allow\":[\"read\",\"write\",\"delete\"],\"path\":\"in\"}", "{\"allow\":[\"read\"],\"path\":\"out\"}", "{\"allow\":[\"read\"],\"path\":\"in/x/deep\"}");
        await using var workspace = new SharedWorkspace("--policy", policy);
        Programs.Shell(workspace.Source, "mkdir in out closed; echo 1 > in/f; echo 2 > out/f; echo 3 > closed/f");
        workspace.Share();

        Programs.Shell(workspace.Path, "cat in/f out/f > /dev/null; ! cat closed/f 2>/dev/null; echo x > in/g; mv in/g in/h; cat in/h; ! echo x 2>/dev/null > out/g; ! ls . 2>/dev/null; ! mv in/f closed/g 2>/dev/null; ! mkdir new 2>/dev/null");
        Programs.Shell(workspace.Source, "mv closed/f in/given; mv in/h closed/taken");
        workspace.WaitFor(() => Programs.TryRun(new ProgramStart("cat", Path.Combine(workspace.Path, "in/given"))).Output == "3\n", "What was given is not seen");
        Programs.TryRun(new ProgramStart("cat", Path.Combine(workspace.Path, "closed/taken"))).Error.ShouldContain("Permission denied");

        // A file that is open stays so, whatever becomes of its name; and without a name it can be cut as before.
        Programs.Shell(workspace.Path, "exec 3<> in/f; rm in/f; echo more >&3; python3 -c 'import os; os.ftruncate(3, 1)'; exec 3>&-");
        Programs.Shell(workspace.Path, "python3 -c 'import os; f = os.open(\"in\", os.O_TMPFILE | os.O_RDWR); os.write(f, b\"t\"); os.ftruncate(f, 0)'");
        workspace.Check();
    }

    [Theory]
    [InlineData("{\"deny\":[\"reed\"],\"path\":\"x\"}", 0x180, "Line 2 of")]
    [InlineData("", 0x190, "may write")]
    public void A_policy_that_is_none_or_that_others_may_write_is_refused(string line, int mode, string because)
    {
        using var directory = new ScratchDirectory();
        string policy = Write(directory, "# one", line);
        File.SetUnixFileMode(policy, (UnixFileMode)mode);
        File.WriteAllText(Path.Combine(directory.Path, "token"), new string('x', 32));

        ProgramResult refused = TesseraCommand.Run(
            "serve", "--listen", "127.0.0.1:0", "--token-file", Path.Combine(directory.Path, "token"), "--policy", policy, "--workspaces", directory.Path);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(because);
    }

    private static string Write(ScratchDirectory directory, params string[] lines)
    {
        string file = Path.Combine(directory.Path, "policy");
        File.WriteAllLines(file, lines);
        return file;
    }
}
