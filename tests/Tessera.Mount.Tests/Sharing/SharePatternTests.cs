using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What a share keeps to itself, and what it says of itself.</summary>
public sealed class SharePatternTests
{
    [Fact]
    public async Task What_is_excluded_is_not_there_for_programs_at_the_server_and_stays_as_it_is()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir -p build d/build d/node_modules/x; echo 1 > build/f; echo 2 > d/build/f; echo 3 > d/node_modules/x/f; echo 4 > a.key; echo 5 > public.key; echo 6 > d/b.key; echo 7 > f; ln f g.key");

        workspace.Share(options: ["--exclude", "/build", "--exclude", "node_modules", "--exclude", "*.key", "--include", "public.*"]);

        Programs.Shell(workspace.Path, "find . | sort").ShouldBe(".\n./d\n./d/build\n./d/build/f\n./f\n./public.key\n");
        Programs.Shell(workspace.Path, """
            ! cat a.key 2>/dev/null; ! ls build 2>/dev/null; ! test -e d/node_modules/x; test "$(cat public.key)" = 5
            ! touch b.key 2>/dev/null; ! mkdir build 2>/dev/null; ! mv f c.key 2>/dev/null; ! mv a.key c 2>/dev/null; ! rm d/b.key 2>/dev/null; ! ln f h.key 2>/dev/null; ! mv f build 2>/dev/null
            ! rm -r d 2>/dev/null
            mkdir d/e; mv f d/e/f; echo 8 > d/e/f
            """);
        Programs.Shell(workspace.Source, "test \"$(cat build/f d/node_modules/x/f a.key d/b.key g.key | tr '\\n' ' ')\" = '1 3 4 6 8 '; ! test -e d/build; test \"$(cat d/e/f)\" = 8");
        workspace.Check();
    }

    [Fact]
    public async Task Changes_of_what_is_excluded_are_not_told()
    {
        await using var workspace = new SharedWorkspace();
        Directory.CreateDirectory(Path.Combine(workspace.Source, "secret"));
        workspace.Share(options: ["--exclude", "*.key", "--exclude", "secret"]);
        Programs.Shell(workspace.Path, "ls -lR");
        using System.Diagnostics.Process events = Programs.Start(new ProgramStart(TesseraCommand.Launcher, ["events", workspace.Path]) { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_STATE_HOME"] = workspace.State } });

        string told = "";
        workspace.WaitFor(
            () =>
            {
                Programs.Shell(workspace.Source, "date > a.key; date > secret/f; mv a.key b.key; date > shown");
                Task<string?> line = events.StandardOutput.ReadLineAsync();
                told += line.Wait(TimeSpan.FromSeconds(1)) ? $"{line.Result}\n" : "";
                return told.Contains("shown", StringComparison.Ordinal);
            },
            "Nothing is told");

        events.Kill();
        told.ShouldNotContain("key");
        told.ShouldNotContain("secret");
        workspace.Check();
    }

    [Theory]
    [InlineData("is no pattern", "--exclude", "a/b")]
    [InlineData("nothing is excluded", "--include", "a")]
    public async Task What_makes_no_sense_is_refused(string said, params string[] options)
    {
        await using var workspace = new SharedWorkspace();

        ProgramResult refused = TesseraCommand.Run(["share", workspace.Source, workspace.Url(workspace.Address), "--token-file", workspace.TokenFile, .. options]);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(said);
        workspace.Check();
    }

    /// <summary>On a terminal a line is written over each second; elsewhere the end says what there was.</summary>
    [Fact]
    public async Task It_says_what_goes_over_its_connection()
    {
        await using var workspace = new SharedWorkspace();
        string typescript = Path.Combine(workspace.Scratch, "typescript");
        using System.Diagnostics.Process terminal = Programs.Start(new ProgramStart(
            "script", "-qfec", $"{TesseraCommand.Launcher} share {workspace.Source} {workspace.Url(workspace.Address)} --token-file {workspace.TokenFile}", typescript));
        workspace.WaitFor(() => workspace.IsMounted, "It was not mounted");
        Programs.Shell(workspace.Path, "head -c 3000000 /dev/zero > f; sync f");
        workspace.WaitFor(() => File.ReadAllText(typescript).Contains("MiB received", StringComparison.Ordinal), "It does not say what comes");
        File.ReadAllText(typescript).ShouldContain(" a second\u001b[K");
        terminal.StandardInput.Write('\u0003');
        terminal.WaitForExit(TimeSpan.FromMinutes(1)).ShouldBeTrue();
        File.ReadAllText(typescript).ShouldContain("Ended: ");

        workspace.Share();
        File.WriteAllText(Path.Combine(workspace.Path, "g"), "x");
        workspace.EndClient().ShouldBe(0);
        workspace.WaitFor(() => workspace.Text().Contains(" requests, in 0.00:0", StringComparison.Ordinal), "It does not say what there was");
        workspace.Check();
    }
}
