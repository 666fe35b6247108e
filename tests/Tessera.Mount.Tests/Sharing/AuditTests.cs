using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What programs do in a workspace is written down before they are answered, and "tessera audit" finds it again.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task What_programs_do_is_written_down_and_found_again()
    {
        using var directory = new ScratchDirectory();
        string audit = Path.Combine(directory.Path, "audit");
        await using var workspace = new SharedWorkspace("--audit", audit);
        Programs.Shell(workspace.Source, "mkdir old; echo x > old/f; printf '#!/bin/sh\\n' > run; chmod 755 run");
        workspace.Share();
        Programs.Shell(
            workspace.Path,
            "cat old/f > /dev/null; echo y > new; mkdir d; mv new d/g; ln d/g h; ln -s d/g s; chmod 600 h; truncate -s 1 h; ./run; rm h; ! rmdir d 2>/dev/null; rm d/g s; rmdir d; "
            + "touch -t 202001010000 old/f; ls old > /dev/null; setfattr -n user.a -v 1 old/f; printf x > $'line\\nend'");
        workspace.EndClient();
        workspace.WaitFor(() => !workspace.IsMounted, "It stayed mounted");
        workspace.Check();

        string[] done = [.. Lines(audit).Select(Describe).Distinct()];
        string[] expected =
        [
            "connect", "open old/f read", "create new write,truncate", "mkdir d", "rename new d/g", "link d/g h", "symlink s -> d/g", "set_attributes h mode", "set_attributes h size",
            "open run execute", "unlink h", "rmdir d ENOTEMPTY", "unlink d/g", "unlink s", "rmdir d", "set_xattr old/f user.a", "create line\nend write,truncate", "end",
        ];
        done.Intersect(expected).ShouldBe(expected);
        done.ShouldNotContain(line => line.StartsWith("list", StringComparison.Ordinal));
        Lines(audit).Where(line => line.TryGetProperty("errno", out _)).ShouldAllBe(line => line.GetProperty("uid").GetUInt32() == 0 && line.GetProperty("pid").GetInt32() > 0
            && line.GetProperty("workspace").GetString() == "work" && line.GetProperty("session").GetString()!.Length == 8);
        File.GetUnixFileMode(audit).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        TesseraCommand.Do("audit", audit, "--path", "d", "--operation", "rename,rmdir", "--json").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
        TesseraCommand.Do("audit", audit, "--failed").TrimEnd().ShouldEndWith("rmdir  d  Directory not empty");
        TesseraCommand.Do("audit", audit, "--path", "line*").ShouldContain("line\\x0aend");
        TesseraCommand.Do("audit", audit, "--workspace", "other*").ShouldBeEmpty();
        TesseraCommand.Do("audit", audit, "--user", "4711").ShouldBeEmpty();
        TesseraCommand.Do("audit", audit, "--until", "1h").ShouldBeEmpty();
        TesseraCommand.Do("audit", audit, "--since", "1h", "--operation", "connect,end").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);
        TesseraCommand.Run("audit", audit, "--since", "never").ExitCode.ShouldBe(2);

        File.AppendAllText(audit, "not a line\n");
        ProgramResult damaged = TesseraCommand.Run("audit", audit, "--operation", "connect");
        damaged.ExitCode.ShouldBe(5);
        damaged.Error.ShouldContain($"line {File.ReadLines(audit).Count()} is damaged");
        damaged.Output.ShouldContain("connect");
    }

    [Fact]
    public async Task A_server_that_is_killed_has_written_down_all_that_was_answered_and_goes_on_in_the_same_file_or_in_a_new_one()
    {
        using var directory = new ScratchDirectory();
        string audit = Path.Combine(directory.Path, "audit");
        await using var workspace = new SharedWorkspace("--audit", audit);
        workspace.Share();
        string made = Programs.Shell(
            workspace.Path,
            $"for i in $(seq 100); do : > f$i; echo f$i; done; kill -9 {workspace.Server.Id}; for i in $(seq 101 110); do (: > f$i) 2>/dev/null && echo f$i || true; done");
        workspace.Server.WaitForExit();

        string[] answered = made.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        answered.Length.ShouldBeGreaterThanOrEqualTo(100);
        answered.Select(name => $"create {name} write,truncate").ShouldBeSubsetOf(Lines(audit).Select(Describe));

        File.AppendAllText(audit, "{\"time\":\"20"); // What a power cut may leave.
        workspace.StartServer(workspace.Address);
        workspace.WaitFor(() => workspace.IsMounted && Lines(audit, damaged: 1).Count(line => Describe(line) == "connect") == 2, "The client did not come back");
        File.Move(audit, audit + ".1");
        workspace.WaitFor(() => Programs.TryRun(new ProgramStart("touch", Path.Combine(workspace.Path, "rotated"))).ExitCode == 0, "The workspace is not usable");

        Lines(audit).Select(Describe).ShouldContain("create rotated write");
        workspace.EndClient();
        workspace.WaitFor(() => !workspace.IsMounted, "It stayed mounted");
        Directory.Delete(workspace.Path); // The server that made it was killed.
        workspace.Check();
    }

    /// <summary>On a disk so small that it fills: a line is cut in its middle.</summary>
    [Fact]
    public async Task While_the_file_cannot_be_written_nothing_that_needs_a_line_is_done_and_afterwards_none_is_missing()
    {
        using var directory = new ScratchDirectory();
        Programs.Run("/", "mount", "-t", "tmpfs", "-o", "size=64k", "tessera-test", directory.Path);
        try
        {
            string audit = Path.Combine(directory.Path, "audit");
            await using var workspace = new SharedWorkspace("--audit", audit);
            File.WriteAllText(Path.Combine(workspace.Source, "there"), "content");
            workspace.Share();
            Programs.Shell(workspace.Path, "cat there > /dev/null");
            Programs.Shell(directory.Path, "dd if=/dev/zero of=fill bs=1k count=64 2>/dev/null || true");

            string refused = Programs.Shell(workspace.Path, "i=0; while (: > f$i) 2>/dev/null && [ $i -lt 1000 ]; do i=$((i+1)); done; echo $i; LC_ALL=C; ! rm there; ! mkdir d; ! cat there; stat -c %s there; ls | wc -l");
            string error = Programs.TryRun(new ProgramStart("mkdir", Path.Combine(workspace.Path, "d"))).Error;
            int made = int.Parse(refused.Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
            made.ShouldBeLessThan(1000);
            error.ShouldContain("Input/output error");
            File.Exists(Path.Combine(workspace.Source, "there")).ShouldBeTrue();
            Directory.Exists(Path.Combine(workspace.Source, "d")).ShouldBeFalse();
            Programs.Run("/", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", $"http://{workspace.Address}/readyz").ShouldBe("503");

            File.Delete(Path.Combine(directory.Path, "fill"));
            workspace.WaitFor(() => workspace.Text().Contains("audit_resumed", StringComparison.Ordinal), "It does not go on");
            Programs.Shell(workspace.Path, "rm there");
            string[] lines = [.. Lines(audit).Select(Describe)];
            Directory.GetFiles(workspace.Source, "f*").Select(path => $"create {Path.GetFileName(path)} write,truncate").ShouldBeSubsetOf(lines);
            lines[^1].ShouldBe("unlink there");
            workspace.Check();
        }
        finally
        {
            Programs.Run("/", "umount", "-l", directory.Path);
        }
    }

    [Fact]
    public async Task Clients_that_are_sent_away_are_written_down_and_strangers_do_not_fill_the_disk()
    {
        using var directory = new ScratchDirectory();
        string audit = Path.Combine(directory.Path, "audit");
        await using var workspace = new SharedWorkspace("--audit", audit);
        Programs.Shell("/", $"for i in $(seq 300); do echo 'url = \"http://{workspace.Address}/workspaces/work\"'; echo 'output = /dev/null'; done | curl -s -K -");

        JsonElement[] refused = [.. Lines(audit).Where(line => line.GetProperty("operation").GetString() == "refuse")];
        refused.Length.ShouldBeInRange(10, 100);
        refused[0].GetProperty("workspace").GetString().ShouldBe("work");
        refused[0].GetProperty("reason").GetString().ShouldBe("401");
        refused[0].GetProperty("client").GetString()!.ShouldContain("127.0.0.1");
        workspace.Check();
    }

    private static JsonElement[] Lines(string file, int damaged = 0)
    {
        var lines = new List<JsonElement>();
        foreach (string line in File.ReadAllLines(file))
        {
            try
            {
                lines.Add(JsonDocument.Parse(line).RootElement);
            }
            catch (JsonException) when (damaged-- > 0)
            {
                // It was to be.
            }
        }

        return [.. lines];
    }

    private static string Describe(JsonElement line)
    {
        string text = line.GetProperty("operation").GetString()!;
        text += line.TryGetProperty("path", out JsonElement path) ? $" {path.GetString()}" : "";
        text += line.TryGetProperty("new_path", out JsonElement other) ? $" {other.GetString()}" : "";
        text += line.TryGetProperty("target", out JsonElement target) ? $" -> {target.GetString()}" : "";
        text += line.TryGetProperty("detail", out JsonElement detail) ? $" {detail.GetString()}" : "";
        return text + (line.TryGetProperty("errno", out JsonElement errno) && errno.GetInt32() != 0 ? $" {(errno.GetInt32() == 39 ? "ENOTEMPTY" : errno.GetInt32())}" : "");
    }
}
