using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Many clients at once, each with its own connection and mount: what a request then takes, what a session costs, and that nothing is left of it.</summary>
[Trait("Campaign", "sessions")]
public sealed class ManySessionsTests
{
    private static readonly int Sessions = CampaignSize.Of(50, 1000);
    private static readonly int Rounds = CampaignSize.Of(3, 10);
    private static readonly int Seconds = CampaignSize.Of(5, 60);

    /// <summary>Far above what is measured (docs/benchmarks/sessions.md): to see what stands still, on a machine that does other things.</summary>
    private const double MostMeanMs = 500;
    private const int MostKiBPerSession = 4096;

    /// <summary>Threads of the pool come and go.</summary>
    private const int MostThreadsLeft = 24;

    /// <summary>The assemblies that the first sessions load stay mapped from open files, some 20.</summary>
    private const int MostDescriptorsLeft = 48;

    [Fact]
    public async Task Many_sessions_are_served_at_once_and_nothing_is_left_of_them()
    {
        await using var server = new SharedWorkspace("--grace", "120");
        string token = await File.ReadAllTextAsync(server.TokenFile, TestContext.Current.CancellationToken);
        string[] names = [.. Enumerable.Range(0, Sessions).Select(number => $"s{number}")];
        string[] mounts = [.. names.Select(name => Path.Combine(server.Workspaces, name))];
        await using var clients = new ClientFleet(names, server, token);
        ProcessState before = ProcessState.Of(server.Server.Id);

        await clients.EachAsync(client => client.ConnectAsync());
        WaitForMounts(server, before.Mounts + Sessions);
        double[] took = new SessionLoad(mounts, TimeSpan.FromSeconds(Seconds), seed: 1).Run();
        ProcessState loaded = ProcessState.Of(server.Server.Id);
        Report(took, before, loaded);
        took.Length.ShouldBe(2 * Sessions * Seconds);
        took.Average().ShouldBeLessThan(MostMeanMs);
        ((loaded.ResidentKiB - before.ResidentKiB) / Sessions).ShouldBeLessThan(MostKiBPerSession);
        await clients.EachAsync(client => client.EndAsync());
        WaitForMounts(server, before.Mounts);

        ProcessState settled = before;
        for (int round = 1; round <= Rounds; round++)
        {
            await RoundAsync(server, clients, mounts, before.Mounts);
            ProcessState left = before;
            server.WaitFor(
                () => (left = ProcessState.Of(server.Server.Id)).Descriptors < before.Descriptors + MostDescriptorsLeft && left.Threads < before.Threads + MostThreadsLeft,
                $"After round {round} there is more left than {before} and a little"); // The last connections are closed after their mounts.
            Console.WriteLine($"After round {round}: {left}");
            left.Mounts.ShouldBe(before.Mounts);
            settled = round == 1 ? left : settled;
        }

        // The first round is what the heap grows to; ten leaks of a session would be seen above it.
        ProcessState.Of(server.Server.Id).ResidentKiB.ShouldBeLessThan((long)(settled.ResidentKiB * 1.2) + (32 << 10));
        server.WaitFor(() => Directory.GetFileSystemEntries(server.Workspaces).Length == 0, "Mount points are left"); // They are removed after they are unmounted.
        server.Check();
    }

    private static async Task RoundAsync(SharedWorkspace server, ClientFleet clients, string[] mounts, int mountsBefore)
    {
        await clients.EachAsync(client => client.ConnectAsync());
        WaitForMounts(server, mountsBefore + mounts.Length);
        Parallel.ForEach(mounts, new ParallelOptions { MaxDegreeOfParallelism = 16 }, mount => File.WriteAllText(Path.Combine(mount, "round"), "written"));
        await clients.EachAsync(client => client.CutAsync());
        await clients.EachAsync(client => client.ConnectAsync());
        Parallel.ForEach(mounts, new ParallelOptions { MaxDegreeOfParallelism = 16 }, mount =>
        {
            File.ReadAllText(Path.Combine(mount, "round")).ShouldBe("written");
            File.Delete(Path.Combine(mount, "round"));
        });
        await clients.EachAsync(client => client.EndAsync());
        WaitForMounts(server, mountsBefore);
    }

    private static void WaitForMounts(SharedWorkspace server, int count) =>
        server.WaitFor(() => ProcessState.Of(server.Server.Id).Mounts == count, $"There are not {count} mounts");

    private static void Report(double[] took, ProcessState before, ProcessState loaded) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"sessions\":{Sessions},\"calls\":{took.Length},\"mean_ms\":{took.Average():0.00},\"p50_ms\":{took[took.Length / 2]:0.00},\"p99_ms\":{took[took.Length * 99 / 100]:0.00},\"max_ms\":{took[^1]:0.00},"
        + $"\"kib_per_session\":{(loaded.ResidentKiB - before.ResidentKiB) / (double)Sessions:0},\"threads_per_session\":{(loaded.Threads - before.Threads) / (double)Sessions:0.00},"
        + $"\"descriptors_per_session\":{(loaded.Descriptors - before.Descriptors) / (double)Sessions:0.00}}}"));
}
