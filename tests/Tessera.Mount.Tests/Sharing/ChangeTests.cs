using System.Diagnostics;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What is changed at the client of a workspace is seen at the server, and told there.</summary>
public sealed class ChangeTests
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Changes_at_the_client_are_told_by_tessera_events_within_a_second_and_those_of_the_server_are_not()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir -p d/e; echo one > d/old; echo x > d/e/f");
        workspace.Share();
        using var events = new EventStream(workspace.Path);

        Programs.Shell(workspace.Path, "echo mine > d/own; mv d/own d/own2; rm d/own2");
        events.Expect(workspace.Source, "echo hello > d/new", "created d/new", "modified,written d/new");
        events.Expect(workspace.Source, "echo more >> d/new", "modified,written d/new");
        events.Expect(workspace.Source, "chmod 600 d/e/f", "attributes d/e/f");
        events.Expect(workspace.Source, "mv d/new d/e/moved", "renamed d/new -> d/e/moved");
        events.Expect(workspace.Source, "mv d/e/moved ../outside", "deleted d/e/moved");
        events.Expect(workspace.Source, "mv ../outside back", "created back");
        events.Expect(workspace.Source, "rm d/old", "deleted d/old");
        events.Expect(workspace.Source, "mkdir -p n/m; echo x > n/m/k", "created n", "created n/m", "created n/m/k");
        events.Expect(workspace.Source, "echo y > n/m/later", "created n/m/later");
        events.Expect(workspace.Source, "rm -r d/e", "deleted d/e");
        events.Told.ShouldNotContain(line => line.Contains("own", StringComparison.Ordinal));

        workspace.Check();
        events.ExitCode().ShouldBe(12, "the workspace has ended");
    }

    [Fact]
    public async Task What_was_changed_at_the_client_is_seen_at_once_when_it_has_been_told()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir d; for i in $(seq 20); do echo 0 > d/$i; done");
        workspace.Share();
        using var events = new EventStream(workspace.Path);

        for (int i = 1; i <= 20; i++)
        {
            Programs.Shell(workspace.Path, $"test $(cat d/{i}) = 0; test ! -e d/n{i}; ls -l d > /dev/null");
            events.Expect(workspace.Source, $"echo {i}{i} > d/{i}; echo {i} > d/n{i}; rm -f d/n{i - 1}", $"modified,written d/{i}", $"modified,written d/n{i}");
            Programs.Shell(workspace.Path, $"test $(cat d/{i}) = {i}{i}; test $(cat d/n{i}) = {i}; test $(stat -c %s d/{i}) = $(stat -c %s {workspace.Source}/d/{i})");
        }

        workspace.Check();
    }

    [Fact]
    public async Task After_a_cut_and_after_too_many_changes_anything_may_have_changed()
    {
        await using var workspace = new SharedWorkspace();
        using var proxy = new CuttingProxy(workspace.Address);
        workspace.Share(proxy.Address);
        using var events = new EventStream(workspace.Path);

        events.Expect(workspace.Source, "touch a", "created a");
        proxy.Cut();
        events.Expect(workspace.Source, "touch b", "everything");
        events.Expect(workspace.Source, "touch c", "created c");
        events.Expect(workspace.Source, "for i in $(seq 40); do mkdir s$i; done; seq 40000 | sed 's/^/x/' | xargs touch", "everything");

        workspace.Check();
    }

    [Fact]
    public async Task With_more_directories_than_are_watched_anything_may_have_changed_and_the_rest_is_told()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Shell(workspace.Source, "mkdir many; cd many; seq 16500 | xargs mkdir");
        workspace.Share();
        using var events = new EventStream(workspace.Path);

        _ = SpinWait.SpinUntil(() => events.Told.Contains("everything"), TimeSpan.FromSeconds(10));
        events.Told.ShouldBe(["everything"]);
        events.Expect(workspace.Source, "touch many/new", "created many/new");

        workspace.Check();
    }

    [Fact]
    public async Task Only_a_workspace_has_events()
    {
        await using var workspace = new SharedWorkspace();
        workspace.Share();

        ProgramResult nothing = Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, "events", workspace.Source));
        nothing.ExitCode.ShouldBe(12, nothing.Error);

        workspace.Check();
    }

    /// <summary>"tessera events" on a mount, in a process of its own.</summary>
    private sealed class EventStream : IDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
        private readonly Process process;
        private readonly List<string> lines = [];
        private readonly TaskCompletionSource watching = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EventStream(string mountPoint)
        {
            process = Programs.Start(new ProgramStart(TesseraCommand.Launcher, "events", mountPoint, "--json"));
            _ = Task.Run(async () =>
            {
                while (await process.StandardError.ReadLineAsync() is { } line)
                {
                    if (line.StartsWith("Watching", StringComparison.Ordinal))
                    {
                        watching.TrySetResult();
                    }
                }
            });
            _ = Task.Run(async () =>
            {
                while (await process.StandardOutput.ReadLineAsync() is { } line)
                {
                    JsonElement change = JsonDocument.Parse(line).RootElement;
                    string text = string.Join(',', change.GetProperty("changes").EnumerateArray().Select(kind => kind.GetString()));
                    text += change.TryGetProperty("path", out JsonElement path) ? $" {path.GetString()}" : "";
                    text += change.TryGetProperty("new_path", out JsonElement other) ? $" -> {other.GetString()}" : "";
                    lock (lines)
                    {
                        lines.Add(text);
                    }
                }
            });
            watching.Task.Wait(Limit).ShouldBeTrue("'tessera events' does not begin.");
        }

        public IReadOnlyList<string> Told
        {
            get
            {
                lock (lines)
                {
                    return [.. lines];
                }
            }
        }

        /// <summary>Does something at the client, after which these lines are told in time.</summary>
        public void Expect(string directory, string script, params string[] expected)
        {
            int before = Told.Count;
            Programs.Shell(directory, script);
            var since = Stopwatch.StartNew();
            bool HasCome(string line) => Told.Skip(before).Contains(line);
            _ = SpinWait.SpinUntil(() => expected.All(HasCome), Limit);
            expected.Where(line => !HasCome(line)).ShouldBeEmpty($"After '{script}' was told: {string.Join("; ", Told.Skip(before).Take(50))}");
            since.Elapsed.ShouldBeLessThan(Promised, script);
        }

        public int ExitCode()
        {
            process.WaitForExit(Limit).ShouldBeTrue("'tessera events' does not end.");
            return process.ExitCode;
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
