using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A session gets its rates, through the mount, and other requests of it go on.</summary>
public sealed class RateLimitTests
{
    [Fact]
    public async Task A_session_reads_and_asks_at_its_rates_and_what_is_larger_than_a_seconds_worth_arrives()
    {
        await using var workspace = new SharedWorkspace("--limit-ops", "metadata=100/s", "--limit-bytes", "1M/s");
        Programs.Shell(workspace.Source, "head -c 4194304 /dev/urandom > large");
        workspace.Share();

        long began = Stopwatch.GetTimestamp();
        Programs.Shell(workspace.Path, "cmp large ../../shared/large");
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(2.5, 60, "4 MiB at 1 MiB a second, after the first");
        began = Stopwatch.GetTimestamp();
        Programs.Shell(workspace.Path, "head -c 3145728 ../../shared/large > copy; cmp -n 3145728 ../../shared/large ../../shared/copy");
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(1.5, 60, "3 MiB at 1 MiB a second, after the first");
        began = Stopwatch.GetTimestamp();
        Programs.Shell(workspace.Path, "for i in $(seq 300); do [ ! -e missing$i ]; done");
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(1.5, 60, "300 names at 100 a second, after the first");

        Dictionary<string, double> metrics = Programs.Run("/", "curl", "-s", $"http://{workspace.Address}/metrics").Split('\n')
            .Where(line => line.StartsWith("tessera_delayed", StringComparison.Ordinal)).ToDictionary(line => line.Split(' ')[0], line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        metrics["tessera_delayed_total{class=\"read\"}"].ShouldBeGreaterThan(0);
        metrics["tessera_delayed_seconds_total{class=\"read\"}"].ShouldBeGreaterThan(2);
        metrics["tessera_delayed_seconds_total{class=\"write\"}"].ShouldBeGreaterThan(1);
        metrics["tessera_delayed_total{class=\"metadata\"}"].ShouldBeGreaterThan(100);
        workspace.Check();
    }

    /// <summary>The second session shares a directory of its own with the same server and token: together they read as fast as one may.</summary>
    [Fact]
    public async Task Sessions_with_one_token_read_together_at_its_rate()
    {
        await using var workspace = new SharedWorkspace("--limit-token-bytes", "1M/s");
        Programs.Shell(workspace.Source, "head -c 2097152 /dev/urandom > large");
        workspace.Share();
        using Process second = Programs.Start(new ProgramStart(
            TesseraCommand.Launcher, "share", workspace.Source, $"{workspace.Url(workspace.Address)}-too", "--token-file", workspace.TokenFile));
        try
        {
            string other = Path.Combine(workspace.Workspaces, "work-too");
            workspace.WaitFor(() => File.Exists(Path.Combine(other, "large")), "The second was not mounted");

            long began = Stopwatch.GetTimestamp();
            await Task.WhenAll(new[] { workspace.Path, other }.Select(path => Task.Run(() => Programs.Shell(path, $"cmp large {workspace.Source}/large"))));

            Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(2.5, 60, "2 MiB twice at 1 MiB a second, after the first");
        }
        finally
        {
            Programs.Run("/", "kill", $"{second.Id}");
            await second.WaitForExitAsync(CancellationToken.None);
        }

        workspace.WaitFor(() => !Directory.Exists(Path.Combine(workspace.Workspaces, "work-too")), "The second stayed mounted");
        workspace.Check();
    }

    [Theory]
    [InlineData("--limit-token-ops", "x")]
    [InlineData("--limit-ops", "0")]
    [InlineData("--limit-bytes", "fast")]
    public void A_limit_that_is_none_is_refused(string option, string value)
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "token"), new string('x', 32));

        TesseraCommand.Run("serve", "--listen", "127.0.0.1:0", "--token-file", Path.Combine(directory.Path, "token"), option, value, "--workspaces", directory.Path).ExitCode.ShouldBe(2);
    }
}
