using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Serving;

namespace Tessera.Host.CommandLine;

/// <summary>tessera stats: what a mount is doing. On a terminal drawn anew every second until Ctrl-C, otherwise printed once.</summary>
internal static class StatsVerb
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Argument<string> mountPoint = CommonOptions.MountPoint();
        Option<bool> json = CommonOptions.Json();
        Option<bool> once = new("--once") { Description = "Print once, also on a terminal." };
        var command = new Command("stats", "Show operations with their latency, cache, log and memory of a mount.") { mountPoint, json, once };
        command.SetAction(async (parsed, cancellation) =>
        {
            MountEntry entry = TesseraMounts.Require(parsed.GetRequiredValue(mountPoint));
            if (DirectorySource.Is(entry.Source))
            {
                await TellDirectoryAsync(entry, parsed.GetValue(json), cancellation);
            }
            else if (parsed.GetValue(json))
            {
                FactWriter.WriteJson(await AskAsync(entry, cancellation), HostJson.Default.StatsFacts);
            }
            else if (parsed.GetValue(once) || Console.IsOutputRedirected)
            {
                Screen.Output.Write(StatsView.Of(await AskAsync(entry, cancellation)));
            }
            else
            {
                using var interrupt = new Interrupt();
                await WatchAsync(entry, interrupt.Token);
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static async Task WatchAsync(MountEntry entry, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        await Screen.Output.Live(StatsView.Of(await AskAsync(entry, cancellation))).StartAsync(async view =>
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                view.UpdateTarget(StatsView.Of(await AskAsync(entry, cancellation)));
            }
        });
    }

    private static async Task TellDirectoryAsync(MountEntry entry, bool json, CancellationToken cancellation)
    {
        using ControlClient client = ControlClient.Connect(entry);
        JsonElement answer = await client.AskAsync(new ControlRequest(StatsFacts.Operation), progress: null, cancellation);
        DirectoryStats stats = answer.Deserialize(HostJson.Default.DirectoryStats)!;
        if (json)
        {
            FactWriter.WriteJson(stats, HostJson.Default.DirectoryStats);
        }
        else
        {
            DirectoryView.Print(stats);
        }
    }

    private static async Task<StatsFacts> AskAsync(MountEntry entry, CancellationToken cancellation)
    {
        using ControlClient client = ControlClient.Connect(entry);
        JsonElement answer = await client.AskAsync(new ControlRequest(StatsFacts.Operation), progress: null, cancellation);
        return answer.Deserialize(HostJson.Default.StatsFacts)!;
    }
}
