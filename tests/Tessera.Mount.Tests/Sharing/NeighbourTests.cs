using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A session that asks for as much as it can is delayed where sessions have limits, and its neighbour is not; how long that one waits is reported (docs/benchmarks/sessions.md).</summary>
[Trait("Campaign", "sessions")]
public sealed class NeighbourTests
{
    private const int Flooders = 8;
    private static readonly int Samples = CampaignSize.Of(150, 3000);

    [Fact]
    public async Task A_flooding_session_is_delayed_and_its_neighbour_goes_on()
    {
        await using var server = new SharedWorkspace("--limit-ops", "200/s");
        string token = await File.ReadAllTextAsync(server.TokenFile, TestContext.Current.CancellationToken);
        await using var clients = new ClientFleet(["flooding", "quiet"], server, token);
        await clients.EachAsync(client => client.ConnectAsync());
        string[] mounts = [Path.Combine(server.Workspaces, "flooding"), Path.Combine(server.Workspaces, "quiet")];
        server.WaitFor(() => Array.TrueForAll(mounts, mount => File.Exists(Path.Combine(mount, "data"))), "They were not mounted");

        double alone = P99(mounts[1], "alone");
        double beside = await BesideFloodAsync(mounts);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"p99_alone_ms\":{alone:0.00},\"p99_beside_a_flood_ms\":{beside:0.00},\"ratio\":{beside / alone:0.00}}}"));

        Programs.Run("/", "curl", "-s", $"http://{server.Address}/metrics").Split('\n').ShouldContain(
            line => line.StartsWith("tessera_delayed_total{class=\"metadata\"}", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
        await clients.EachAsync(client => client.EndAsync());
        server.WaitFor(() => Directory.GetFileSystemEntries(server.Workspaces).Length == 0, "They stayed mounted");
        server.Check();
    }

    private static async Task<double> BesideFloodAsync(string[] mounts)
    {
        using var enough = new CancellationTokenSource();
        Task[] flood = [.. Enumerable.Range(0, Flooders).Select(number => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; !enough.IsCancellationRequested; i++)
                {
                    _ = File.Exists($"{mounts[0]}/missing-{number}-{i}");
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        double p99 = P99(mounts[1], "beside");
        await enough.CancelAsync();
        await Task.WhenAll(flood);
        return p99;
    }

    /// <summary>Of names looked up one after the other, a hundred a second: within the limits. Milliseconds.</summary>
    private static double P99(string mount, string prefix)
    {
        using var never = new ManualResetEventSlim();
        double[] took = new double[Samples];
        for (int i = 0; i < took.Length; i++)
        {
            never.Wait(10);
            long began = Stopwatch.GetTimestamp();
            _ = File.Exists($"{mount}/{prefix}-{i}");
            took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        Array.Sort(took);
        return took[took.Length * 99 / 100];
    }
}
