using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.CommandLine;

/// <summary>tessera stats: what a mount is doing. On a terminal drawn anew every second until Ctrl-C; in a pipe once, unless told otherwise.</summary>
internal static class StatsVerb
{
    private const double LeastSeconds = 0.1;
    private const double MostSeconds = 86_400;

    public static Command Create()
    {
        Argument<string> mountPoint = CommonOptions.MountPoint();
        Option<double?> interval = new("--interval") { Description = "Seconds between two readings, 0.1 to 86400; 1 unless told otherwise." };
        Option<int?> count = new("--count") { Description = "Intervals to show, then end. Without it: until Ctrl-C." };
        Option<bool> once = new("--once") { Description = "One reading at once: what happened since the mount began, and no rates." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("stats", "Show live what a mount does: operations and their latency, disk, caches, log, memory, queues. In a pipe, or with --json, one reading unless --interval or --count is given.")
        {
            mountPoint, interval, count, once, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            MountEntry entry = TesseraMounts.Require(parsed.GetRequiredValue(mountPoint));
            if (DirectorySource.Is(entry.Source))
            {
                await TellDirectoryAsync(entry, parsed.GetValue(json), cancellation);
                return (int)ExitCode.Ok;
            }

            if (RemoteSource.Is(entry.Source))
            {
                await TellRemoteAsync(entry, parsed.GetValue(json), cancellation);
                return (int)ExitCode.Ok;
            }

            var form = new StatsForm(entry, parsed.GetValue(json));
            StatsPace pace = PaceOf(parsed.GetValue(interval), parsed.GetValue(count));
            bool repeated = parsed.GetValue(interval) is not null || parsed.GetValue(count) is not null;
            if (repeated && parsed.GetValue(once))
            {
                throw new CommandException(ExitCode.Usage, "--once takes one reading: it goes with neither --interval nor --count.");
            }

            using var interrupt = new Interrupt();
            if (parsed.GetValue(once) || (!repeated && (form.Json || Console.IsOutputRedirected)))
            {
                Print(form, StatsReport.Of(await AskAsync(entry, interrupt.Token)));
            }
            else if (form.Json || !Screen.Output.Profile.Capabilities.Ansi)
            {
                await PrintEachAsync(form, pace, interrupt.Token);
            }
            else
            {
                await WatchAsync(form, pace, interrupt.Token);
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static StatsPace PaceOf(double? seconds, int? count)
    {
        if (seconds is { } asked && !(asked is >= LeastSeconds and <= MostSeconds))
        {
            throw new CommandException(ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"An interval is {LeastSeconds} to {MostSeconds} seconds."));
        }

        return count is null or > 0
            ? new StatsPace(TimeSpan.FromSeconds(seconds ?? 1), count ?? int.MaxValue)
            : throw new CommandException(ExitCode.Usage, "At least one interval is needed: --count 1 or more.");
    }

    private static void Print(StatsForm form, StatsReport report)
    {
        if (form.Json)
        {
            FactWriter.WriteJson(report, HostJson.Default.StatsReport);
        }
        else
        {
            Screen.Output.Write(StatsView.Of(report, form.Title));
        }
    }

    /// <summary>One report after another, each as soon as its interval is over: lines of JSON, or tables with an empty line between them.</summary>
    private static async Task PrintEachAsync(StatsForm form, StatsPace pace, CancellationToken cancellation)
    {
        await foreach (StatsReport report in ReportsAsync(form.Entry, pace, cancellation))
        {
            if (form.Json)
            {
                FactWriter.WriteJsonLine(report);
            }
            else
            {
                Print(form, report);
                Screen.Output.WriteLine();
            }
        }
    }

    private static async Task WatchAsync(StatsForm form, StatsPace pace, CancellationToken cancellation) =>
        await Screen.Output.Live(StatsView.Of(StatsReport.Of(await AskAsync(form.Entry, cancellation)), form.Title))
            .Overflow(VerticalOverflow.Crop)
            .Cropping(VerticalOverflowCropping.Bottom)
            .StartAsync(async view =>
            {
                await foreach (StatsReport report in ReportsAsync(form.Entry, pace, cancellation))
                {
                    view.UpdateTarget(StatsView.Of(report, form.Title));
                }
            });

    private static async IAsyncEnumerable<StatsReport> ReportsAsync(
        MountEntry entry, StatsPace pace, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(pace.Interval);
        StatsFacts before = await AskAsync(entry, cancellation);
        for (int i = 0; i < pace.Count && await timer.WaitForNextTickAsync(cancellation); i++)
        {
            StatsFacts now = await AskAsync(entry, cancellation);
            yield return StatsReport.Between(before, now);
            before = now;
        }
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

    private static async Task TellRemoteAsync(MountEntry entry, bool json, CancellationToken cancellation)
    {
        using ControlClient client = ControlClient.Connect(entry);
        JsonElement answer = await client.AskAsync(new ControlRequest(StatsFacts.Operation), progress: null, cancellation);
        RemoteStats stats = answer.Deserialize(HostJson.Default.RemoteStats)!;
        if (json)
        {
            FactWriter.WriteJson(stats, HostJson.Default.RemoteStats);
        }
        else
        {
            RemoteView.Print(stats);
        }
    }

    private static async Task<StatsFacts> AskAsync(MountEntry entry, CancellationToken cancellation)
    {
        using ControlClient client = ControlClient.Connect(entry);
        JsonElement answer = await client.AskAsync(new ControlRequest(StatsFacts.Operation), progress: null, cancellation);
        return answer.Deserialize(HostJson.Default.StatsFacts)!;
    }
}
